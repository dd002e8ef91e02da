"""Many worlds as one Gymnasium vector environment: one step of all is one compiled call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from evplan.v2x.gym.env import SEEDS
from evplan.v2x.gym.observe import LARGEST
from evplan.v2x.gym.play import Play
from evplan.v2x.setting import Setting
from evplan.v2x.site import WorldSite

SHOWN: dict[str, Any] = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": []}


class V2XVectorEnv(VectorEnv):
    """As `V2XEnv`, for num_envs worlds that begin and end together; the step after the end begins new ones (next-step autoreset)."""

    metadata = SHOWN

    def __init__(
        self, instance: str | Path | WorldSite | Setting, num_envs: int = 1, render_mode: str | None = None
    ) -> None:  # fmt: skip
        self.play, self.num_envs, self.render_mode = Play(instance), num_envs, render_mode
        self.observation_names = self.play.observer.names
        self.single_action_space = spaces.Box(-1.0, 1.0, (len(self.play.port_kw),), np.float32)
        self.single_observation_space = spaces.Box(-LARGEST, LARGEST, (len(self.observation_names),), np.float32)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._ended = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:  # fmt: skip
        """Return what is seen of new worlds. seed : of the first, the others follow; or one for each."""
        if seed is not None and not isinstance(seed, list | tuple | np.ndarray):
            seed = int(seed)
        elif seed is not None and len(seed) != self.num_envs:
            raise ValueError(f"seed must hold one for each of {self.num_envs} worlds (got {len(seed)})")
        first = seed if isinstance(seed, int) or seed is None else seed[0]
        if first is not None:
            self._np_random, self._np_random_seed = gymnasium.utils.seeding.np_random(first)
        if isinstance(seed, int):
            seeds = seed + np.arange(self.num_envs)
        elif seed is None:
            seeds = self.np_random.integers(SEEDS, size=self.num_envs)
        else:
            seeds = np.array([int(self.np_random.integers(SEEDS)) if one is None else one for one in seed])
        self._ended = False
        return self.play.begin(seeds), {"world_seed": seeds, "_world_seed": np.ones(self.num_envs, bool)}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Take a step of every world; after the end, begin new ones instead."""
        never = np.zeros(self.num_envs, bool)
        if self._ended:
            seen, told = self.reset()
            return seen, np.zeros(self.num_envs), never, never.copy(), told
        seen, worth = self.play.step(np.asarray(actions, float))
        assert self.play.worlds is not None
        self._ended = self.play.worlds.over
        told = {**self.play.worlds.books._asdict(), **self.play.terms(), "taken": self.play.taken()}
        there = np.ones(self.num_envs, bool)
        told = {name: values.copy() for name, values in told.items()} | {f"_{name}": there for name in told}
        return seen, worth, np.full(self.num_envs, self._ended), never, told
