"""The field's two basic problems by themselves, to proved optima: p-median and maximal cover; OR-Library's files are read."""
