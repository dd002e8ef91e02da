"""Plain numbers on one clock: the step between the instance and the model."""
