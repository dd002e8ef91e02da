"""Learn a policy by PPO in the worlds of an instance, and let a learned one act. Needs `pip install evplan[learn]`.

Source of PPO: Schulman et al. 2017, arXiv 1707.06347, as Stable-Baselines3 has it.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InputError
from evplan.paths import sized
from evplan.v2x.foresight import Foresight
from evplan.v2x.gym.observe import Observer
from evplan.v2x.setting import Setting
from evplan.v2x.worlds import Orders, Worlds

if TYPE_CHECKING:
    from stable_baselines3 import PPO

WORLDS = 64  # that learn together
GAMMA, LAMBDA = 0.999, 0.96  # a day of quarter hours is worth as much at its end as at its beginning, nearly
WEIGHTS = "policy.pth"  # in the file of a model, as Stable-Baselines3 writes it
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
    """A policy that was learned, read from the file of a model: its weights only, for the rest of such a file is code that would run."""

    def __init__(self, path: Path, setting: Setting) -> None:
        import torch

        from evplan.v2x.gym.sb3 import PortPolicy, SB3Worlds

        spaces = SB3Worlds(setting, 1)
        self._model = PortPolicy(spaces.observation_space, spaces.action_space, lambda left: 0.0)
        self._observer, self._setting = Observer(setting), setting
        try:
            with zipfile.ZipFile(sized(path)) as archive:
                weights = torch.load(io.BytesIO(archive.read(WEIGHTS)), map_location="cpu", weights_only=True)
            shapes = {name: tuple(values.shape) for name, values in weights.items()}
        except (
            OSError,
            ValueError,
            KeyError,
            RuntimeError,
            EOFError,
            AttributeError,
            pickle.UnpicklingError,
            zipfile.BadZipFile,
        ) as error:
            raise InputError(
                f"{path}: holds no model that `evplan learn` wrote ({str(error).splitlines()[0]})"
            ) from None
        if shapes != {name: tuple(values.shape) for name, values in self._model.state_dict().items()}:
            raise InputError(
                f"{path}: learned to look at other numbers than the {len(self._observer.names)} of this instance: learn in it, or in one "
                "with the same ports, transformers and hours of forecasts"
            )
        self._model.load_state_dict(weights)
        self._outside = np.zeros((0, 0, 0), np.float32)

    def __call__(self, worlds: Worlds) -> Orders:
        """Return what the model does, without noise."""
        if worlds.t == 0:
            self._outside = self._observer.outside(worlds.traces, Foresight(self._setting.site.forecast, worlds.traces))
        action, _ = self._model.predict(self._observer.see(worlds, self._outside), deterministic=True)
        return Orders(np.clip(action, -1.0, 1.0) * self._setting.equipment.port_kw)
