"""Port-steps per CPU second of other simulators, under the interpreter that has them: EV2Gym and ACN-Sim. Prints one line of JSON.

Both charge at once at full power for a day of quarter hours, as their users would run them: resets and all that a run needs counted.
`ppo` trains Stable-Baselines3's PPO, as it comes, on EV2Gym, and prints steps per second of the clock.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import sys
import time
import warnings
from pathlib import Path

STEPS = 96
warnings.simplefilter("ignore")


def ev2gym(ports: int, runs: int) -> dict[str, float]:
    """Return port-steps per second with resets and without, and vehicles in a run."""
    import ev2gym as package
    import yaml
    from ev2gym.baselines.heuristics import ChargeAsFastAsPossible
    from ev2gym.models.ev2gym_env import EV2Gym

    os.chdir(Path(package.__file__).parent.parent)  # its own files are found from there only
    config = yaml.safe_load(Path("ev2gym/example_config_files/V2GProfitMax.yaml").read_text())
    config |= {"simulation_length": STEPS, "number_of_charging_stations": ports}
    file = Path("/tmp") / f"ev2gym-{ports}-{os.getpid()}.yaml"
    file.write_text(yaml.safe_dump(config))
    whole, stepping, vehicles = 0.0, 0.0, 0
    env = EV2Gym(config_file=str(file), seed=0, save_replay=False, save_plots=False)
    for run in range(runs):
        begun = time.process_time()
        env.reset(seed=run)
        policy, done, walking = ChargeAsFastAsPossible(), False, time.process_time()
        while not done:
            done = env.step(policy.get_action(env))[2]
        ended = time.process_time()
        whole, stepping, vehicles = whole + ended - begun, stepping + ended - walking, vehicles + len(env.EVs)
    file.unlink()
    done = runs * ports * STEPS
    return {"with_resets": done / whole, "without": done / stepping, "vehicles": vehicles / runs}


def acnsim(ports: int, runs: int) -> dict[str, float]:
    """Return port-steps per second of uncontrolled charging on a network without limits, every port taken once."""
    from acnportal import acnsim
    from acnportal.algorithms import UncontrolledCharging

    begun = time.process_time()
    for _ in range(runs):
        network = acnsim.ChargingNetwork()
        for port in range(ports):
            network.register_evse(acnsim.EVSE(f"p{port}", max_rate=48), 230, 0)
        network.add_constraint(acnsim.Current([f"p{port}" for port in range(ports)]), 1e9, name="none")
        events = [
            acnsim.PluginEvent(
                20 + port % 20,
                acnsim.EV(20 + port % 20, 60 + port % 30, 20.0, f"p{port}", f"s{port}", acnsim.Linear2StageBattery(60, 30, 11)),
            )
            for port in range(ports)
        ]  # fmt: skip
        simulator = acnsim.Simulator(
            network,
            UncontrolledCharging(),
            acnsim.EventQueue(events),
            datetime.datetime(2026, 6, 1),
            period=15,
            verbose=False,
        )
        simulator.run()
    steps = runs * ports * (max(60 + port % 30 for port in range(ports)))
    return {"with_resets": steps / (time.process_time() - begun), "vehicles": float(ports)}


def ppo(ports: int, steps: int) -> dict[str, float]:
    """Return training steps per second: one environment, as EV2Gym's own examples train."""
    import ev2gym as package
    import gymnasium
    import torch
    import yaml
    from ev2gym.models.ev2gym_env import EV2Gym
    from ev2gym.rl_agent.reward import profit_maximization
    from ev2gym.rl_agent.state import V2G_profit_max
    from stable_baselines3 import PPO

    torch.set_num_threads(2)
    os.chdir(Path(package.__file__).parent.parent)
    config = yaml.safe_load(Path("ev2gym/example_config_files/V2GProfitMax.yaml").read_text())
    config |= {"simulation_length": STEPS, "number_of_charging_stations": ports}
    file = Path("/tmp") / f"ev2gym-ppo-{os.getpid()}.yaml"
    file.write_text(yaml.safe_dump(config))
    gymnasium.register("evs-v0", entry_point="ev2gym.models.ev2gym_env:EV2Gym")
    env = EV2Gym(
        config_file=str(file),
        reward_function=profit_maximization,
        state_function=V2G_profit_max,
        save_replay=False,
        save_plots=False,
    )
    model = PPO("MlpPolicy", env, n_steps=2048, batch_size=1024, device="cpu")
    begun = time.perf_counter()
    model.learn(steps)
    file.unlink()
    return {"steps_per_s": model.num_timesteps / (time.perf_counter() - begun)}


if __name__ == "__main__":
    name, ports, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with contextlib.redirect_stdout(io.StringIO()):
        found = {"ev2gym": ev2gym, "acnsim": acnsim, "ppo": ppo}[name](ports, runs)
    print(json.dumps(found))
