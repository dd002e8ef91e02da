"""The world for learners: importing this registers "evplan/V2X-v0" with Gymnasium, alone and in batches.

import gymnasium, evplan.v2x.gym
env = gymnasium.make("evplan/V2X-v0", instance="instances/v2x.yaml")
many = gymnasium.make_vec("evplan/V2X-v0", num_envs=64, vectorization_mode="vector_entry_point", instance="instances/v2x.yaml")
"""

from __future__ import annotations

import gymnasium

from evplan.v2x.gym.actions import BinaryActions, DiscreteActions, DiscreteVectorActions, ThreeStepActions
from evplan.v2x.gym.env import V2XEnv
from evplan.v2x.gym.vector import V2XVectorEnv

ID = "evplan/V2X-v0"
if ID not in gymnasium.registry:
    gymnasium.register(
        ID, entry_point="evplan.v2x.gym.env:V2XEnv", vector_entry_point="evplan.v2x.gym.vector:V2XVectorEnv"
    )

__all__ = [
    "ID",
    "BinaryActions",
    "DiscreteActions",
    "DiscreteVectorActions",
    "ThreeStepActions",
    "V2XEnv",
    "V2XVectorEnv",
]
