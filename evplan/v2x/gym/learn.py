"""Learn a policy by PPO in the worlds of an instance, and let a learned one act. Needs `pip install evplan[learn]`.

Source of PPO: Schulman et al. 2017, arXiv 1707.06347, as Stable-Baselines3 has it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.v2x.foresight import Foresight
from evplan.v2x.gym.observe import Observer
from evplan.v2x.setting import Setting
from evplan.v2x.worlds import Orders, Worlds

if TYPE_CHECKING:
    from stable_baselines3 import PPO

WORLDS = 64  # that learn together
GAMMA, LAMBDA = 0.999, 0.96  # a day of quarter hours is worth as much at its end as at its beginning, nearly
LEAST_SPREAD = -1.2  # log of the spread of actions at the beginning


def learn(
    setting: Setting, steps: int, seed: int, tell: Callable[[int, float], None] = lambda done, worth: None
) -> PPO:  # fmt: skip
    """Return a PPO model that has acted for some steps of worlds. tell : is told steps that are done, and the mean reward of late."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import VecNormalize

    from evplan.v2x.gym.sb3 import PortPolicy, SB3Worlds

    class Tell(BaseCallback):
        def _on_step(self) -> bool:
            return True

        def _on_rollout_end(self) -> None:
            tell(self.num_timesteps, own.lately)

    torch.set_num_threads(2)
    own = SB3Worlds(setting, WORLDS, seed)
    worlds = VecNormalize(own, norm_obs=False, gamma=GAMMA)
    model = PPO(
        PortPolicy, worlds, n_steps=setting.calendar.steps, batch_size=1536, n_epochs=6, learning_rate=lambda left: 2e-3 * left + 5e-5,
        gamma=GAMMA, gae_lambda=LAMBDA, ent_coef=0.0, seed=seed, device="cpu", policy_kwargs={"log_std_init": LEAST_SPREAD},
    )  # fmt: skip
    return model.learn(steps, callback=Tell())


class Learned:
    """A policy that was learned, read from the file of a model."""

    def __init__(self, path: Path, setting: Setting) -> None:
        from stable_baselines3 import PPO

        try:
            self._model: Any = PPO.load(path, device="cpu")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise InputError(f"{path}: holds no model that `evplan learn` wrote ({error})") from None
        self._observer, self._setting = Observer(setting), setting
        numbers = int(np.prod(self._model.observation_space.shape))
        if numbers != len(self._observer.names):
            raise InputError(
                f"{path}: learned to look at {numbers} numbers; this instance has {len(self._observer.names)}: learn in it, or in one "
                "with the same ports, transformers and hours of forecasts"
            )
        self._outside = np.zeros((0, 0, 0), np.float32)

    def __call__(self, worlds: Worlds) -> Orders:
        """Return what the model does, without noise."""
        if worlds.t == 0:
            self._outside = self._observer.outside(worlds.traces, Foresight(self._setting.site.forecast, worlds.traces))
        action, _ = self._model.predict(self._observer.see(worlds, self._outside), deterministic=True)
        return Orders(np.clip(action, -1.0, 1.0) * self._setting.equipment.port_kw)
