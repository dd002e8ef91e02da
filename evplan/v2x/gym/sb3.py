"""Worlds as Stable-Baselines3 takes them: a batch that begins anew by itself, and a policy that looks at every port alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from evplan.v2x.gym.env import SEEDS
from evplan.v2x.gym.observe import LARGEST, PORT
from evplan.v2x.gym.play import Play
from evplan.v2x.policies.simple import AsFast
from evplan.v2x.setting import Setting
from evplan.v2x.site import WorldSite


class SB3Worlds(VecEnv):
    """Worlds that begin and end together; the step that ends them returns what is seen of new ones.

    Rewards are above what charging at once earns in the same world: no action changes that, and days differ more than policies do.
    lately : mean reward of the last worlds that ended, not above anything.
    """

    def __init__(self, instance: str | Path | WorldSite | Setting, worlds: int, seed: int = 0) -> None:
        self._play, self._numbers, self.lately, self._sum = Play(instance), np.random.default_rng(seed), np.nan, 0.0
        self._actions = np.zeros((worlds, len(self._play.port_kw)))
        numbers = len(self._play.observer.names)
        super().__init__(
            worlds, spaces.Box(-LARGEST, LARGEST, (numbers,), np.float32), spaces.Box(-1.0, 1.0, (self._actions.shape[1],), np.float32)
        )  # fmt: skip

    def reset(self) -> np.ndarray:
        """Return what is seen of new worlds."""
        seen = self._play.begin(np.asarray(self._numbers.integers(SEEDS, size=self.num_envs)))
        assert self._play.worlds is not None
        self._beside, self._at_once = self._play.worlds.anew(), AsFast()
        return seen

    def step_async(self, actions: np.ndarray) -> None:
        """Take what is to be done."""
        self._actions = np.asarray(actions, float)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Do it."""
        seen, worth = self._play.step(self._actions)
        assert self._play.worlds is not None
        self._sum += float(worth.mean())
        self._beside.step(self._at_once(self._beside))
        above = worth - self._play.worth(self._beside)
        over = self._play.worlds.over
        told: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if over:
            told = [{"terminal_observation": one, "TimeLimit.truncated": False} for one in seen]
            self.lately, self._sum, seen = self._sum, 0.0, self.reset()
        return seen, above.astype(np.float32), np.full(self.num_envs, over), told

    def close(self) -> None:
        """Nothing is open."""

    def seed(self, seed: int | None = None) -> Sequence[None]:
        """Draw later worlds from a seed."""
        self._numbers = np.random.default_rng(seed)
        return [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute, once for each world asked for."""
        return [getattr(self, attr_name, None)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of all."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method once, and return what it gives for each world asked for."""
        return [getattr(self, method_name)(*method_args, **method_kwargs)] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class: type[gymnasium.Wrapper], indices: Any = None) -> list[bool]:
        """Return that no world is wrapped."""
        return [False] * len(list(self._get_indices(indices)))


class EveryPortAlike(nn.Module):
    """One small network for all ports, which sees the port and the site; another for the worth of it all.

    latent_dim_pi is the number of ports: its outputs are the mean actions themselves.
    """

    def __init__(self, numbers: int, ports: int, width: int = 64) -> None:
        super().__init__()
        self.ports, self.outside = ports, numbers - ports * len(PORT)
        self.latent_dim_pi, self.latent_dim_vf = ports, width
        self.port = nn.Sequential(
            nn.Linear(self.outside + len(PORT), width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )  # fmt: skip
        # The worth of a world is about the sum of what its ports are worth, and of the rest.
        self.worth_of_port = nn.Sequential(
            nn.Linear(self.outside + len(PORT), width), nn.Tanh(), nn.Linear(width, width)
        )
        self.worth = nn.Sequential(nn.Linear(self.outside + width, width), nn.Tanh())

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return both."""
        return self.forward_actor(features), self.forward_critic(features)

    def forward_actor(self, features: torch.Tensor) -> torch.Tensor:
        """Return the mean action of every port, shape (batch, ports)."""
        return self.port(self._by_port(features)).squeeze(-1)

    def forward_critic(self, features: torch.Tensor) -> torch.Tensor:
        """Return what the worth is made of, shape (batch, width)."""
        together = self.worth_of_port(self._by_port(features)).sum(dim=1) / self.ports
        return self.worth(torch.cat([features[:, : self.outside], together], dim=1))

    def _by_port(self, features: torch.Tensor) -> torch.Tensor:
        """Return what is seen of every port beside what is seen of the site, shape (batch, ports, numbers)."""
        outside, ports = (
            features[:, : self.outside],
            features[:, self.outside :].reshape(len(features), self.ports, len(PORT)),
        )
        return torch.cat([outside[:, None].expand(-1, self.ports, -1), ports], dim=2)


class PortPolicy(ActorCriticPolicy):
    """Actor and critic that look at every port alike."""

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor: Any = EveryPortAlike(self.features_dim, self.action_space.shape[0]).to(self.device)

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)
        self.action_net = nn.Identity()
        with torch.no_grad():  # begin with drawing nearly all power, at every port
            self.mlp_extractor.port[-1].weight.mul_(0.01)
            self.mlp_extractor.port[-1].bias.fill_(0.8)
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)
