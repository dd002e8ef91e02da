"""Other actions for learners that choose among few: levels of power at each port, for one world or many."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorActionWrapper, VectorEnv
from gymnasium.vector.utils import batch_space

LEVELS = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
THREE_STEPS, BINARY = (-1.0, 0.0, 1.0), (0.0, 1.0)


def numbered(ports: Any, levels: tuple[float, ...]) -> spaces.MultiDiscrete:
    """Return the space of one of several levels at each port. ports : the space of powers. Raises: ValueError for no levels."""
    if not levels or any(not -1 <= level <= 1 for level in levels):
        raise ValueError(f"levels must hold parts of a rating, from -1 to 1 (got {levels})")
    return spaces.MultiDiscrete(np.full(ports.shape[0], len(levels)))


class DiscreteActions(gymnasium.ActionWrapper):
    """At each port one of several levels of its rating, by number: MultiDiscrete."""

    def __init__(self, env: gymnasium.Env, levels: tuple[float, ...] = LEVELS) -> None:
        """Offer levels, each in [-1, 1]."""
        super().__init__(env)
        self._levels = np.array(levels, np.float32)
        self.action_space: Any = numbered(env.action_space, levels)

    def action(self, action: Any) -> np.ndarray:
        """Return the levels of their numbers."""
        return self._levels[np.asarray(action, int)]


class ThreeStepActions(DiscreteActions):
    """At each port: give, rest, or draw, at full power."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env, THREE_STEPS)


class BinaryActions(DiscreteActions):
    """At each port: rest, or draw at full power."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env, BINARY)


class DiscreteVectorActions(VectorActionWrapper):
    """As `DiscreteActions`, in many worlds; levels may be LEVELS, THREE_STEPS or BINARY, or others."""

    def __init__(self, env: VectorEnv, levels: tuple[float, ...] = LEVELS) -> None:
        """Offer levels, each in [-1, 1]."""
        super().__init__(env)
        self._levels = np.array(levels, np.float32)
        self.single_action_space: Any = numbered(env.single_action_space, levels)
        self.action_space: Any = batch_space(self.single_action_space, env.num_envs)

    def actions(self, actions: Any) -> np.ndarray:
        """Return the levels of their numbers."""
        return self._levels[np.asarray(actions, int)]
