"""How batteries lose capacity: published laws, models learned from them, cell temperature, wear."""
