"""Other actions for learners that choose among few: levels of power at each port."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class DiscreteActions(gymnasium.ActionWrapper):
    """At each port one of several levels of its rating, by number: MultiDiscrete."""

    def __init__(self, env: gymnasium.Env, levels: tuple[float, ...] = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)) -> None:
        """Offer levels, each in [-1, 1]."""
        super().__init__(env)
        if not levels or any(not -1 <= level <= 1 for level in levels):
            raise ValueError(f"levels must hold parts of a rating, from -1 to 1 (got {levels})")
        self._levels = np.array(levels)
        ports = env.action_space.shape
        assert ports is not None
        self.action_space: Any = spaces.MultiDiscrete(np.full(ports[0], len(levels)))

    def action(self, action: Any) -> np.ndarray:
        """Return the levels of their numbers."""
        return self._levels[np.asarray(action, int)].astype(np.float32)


class ThreeStepActions(DiscreteActions):
    """At each port: give, rest, or draw, at full power."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env, (-1.0, 0.0, 1.0))


class BinaryActions(DiscreteActions):
    """At each port: rest, or draw at full power."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env, (0.0, 1.0))
