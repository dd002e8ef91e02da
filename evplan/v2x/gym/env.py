"""One world as a Gymnasium environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from evplan.v2x.gym.observe import LARGEST
from evplan.v2x.gym.play import Play
from evplan.v2x.setting import Setting
from evplan.v2x.site import WorldSite

SHOWN: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}
SEEDS = 2**31  # of worlds that are drawn without a seed of their own


class V2XEnv(gymnasium.Env):
    """Ports of charging stations, vehicles that come and go, transformers and prices, for a day or as long as the instance says.

    Description: the world of an instance file of kind v2x; docs/v2x.md says what is in it.

    Action: Box(-1, 1, (ports,)): part of the port's rating that is drawn, below 0 given. What a vehicle, station or hard transformer
    cannot carry is cut; an order to an empty port does nothing.

    Observation: Box(-10, 10, (numbers,)): `observation_names` says what each is; all are of about one.

    Reward: the weighted terms of the instance's `reward`, in its currency; info holds every term.

    Start: the world of the seed that reset is given; without one, of a seed drawn from the last. The same seed gives the same day,
    vehicles, events and errors of forecasts, alone and in any batch.

    End: terminated when the time is over; the last vehicles leave then. Never truncated.

    Arguments: instance: path of a file, or a `WorldSite` or `Setting` read from one. render_mode: "ansi" or None.

    Versions: v0.
    """

    metadata = SHOWN

    def __init__(self, instance: str | Path | WorldSite | Setting, render_mode: str | None = None) -> None:
        self.play, self.render_mode = Play(instance), render_mode
        self.observation_names = self.play.observer.names
        self.action_space = spaces.Box(-1.0, 1.0, (len(self.play.port_kw),), np.float32)
        self.observation_space = spaces.Box(-LARGEST, LARGEST, (len(self.observation_names),), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Return what is seen of a new world. seed : the world's; left out, the next one is drawn."""
        super().reset(seed=seed)
        world = seed if seed is not None else int(self.np_random.integers(SEEDS))
        seen = self.play.begin(np.array([world]))[0]
        return seen, {"world_seed": world, "taken": self.play.taken()[0]}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Take a step."""
        seen, worth = self.play.step(np.asarray(action, float)[None])
        worlds = self.play.worlds
        assert worlds is not None
        told: dict[str, Any] = {**self.play.told(0), "taken": self.play.taken()[0]}
        return seen[0], float(worth[0]), worlds.over, False, told

    def render(self) -> str | None:
        """Return the world as text: a line for each port that is taken."""
        worlds = self.play.worlds
        if self.render_mode != "ansi" or worlds is None:
            return None
        ports, names = worlds.ports, self.play.setting.equipment.port_names
        lines = [f"step {worlds.t} of {worlds.steps}: {', '.join(f'{power:.1f} kW' for power in worlds.net_kw[0])}"]
        for p in np.flatnonzero(ports.who[0] >= 0):
            share = ports.stored[0, p] / ports.capacity[0, p]
            lines.append(f"{names[p]:>16} {'#' * round(20 * share):<20} {share:4.0%} {worlds.flow_kw[0, p]:+6.1f} kW")
        return "\n".join(lines)
