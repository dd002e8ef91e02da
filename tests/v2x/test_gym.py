"""The environments: as Gymnasium wants them, alone and in batches alike, and worth what the books say."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from garages import setting, site
from gymnasium.utils.env_checker import check_env

import evplan.v2x.gym as gym

EVENT = {"per_day": 4, "start_hour": [8, 12], "minutes": 60, "notice_minutes": 30}


@pytest.fixture(scope="module")
def own():
    return setting(
        days=1, events=[EVENT], driver_price_per_kwh=0.3, setpoint={"values": [20.0] * 8, "minutes": 1440}, tracking_price_per_kwh=0.5,
        reward={"profit": 1.0, "tracking": 0.25, "scale": 2.0},
    )  # fmt: skip


def test_the_environment_is_as_gymnasium_wants_it():
    check_env(gymnasium.make(gym.ID, instance="instances/v2x.yaml").unwrapped)


def test_stable_baselines_takes_it(own):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(gym.V2XEnv(own))


def test_it_is_made_by_its_name_from_a_file():
    env = gymnasium.make(gym.ID, instance="instances/v2x.yaml")
    seen, told = env.reset(seed=4)
    assert env.observation_space.contains(seen)
    assert told["world_seed"] == 4
    assert len(env.unwrapped.observation_names) == len(seen)
    assert len(set(env.unwrapped.observation_names)) == len(seen)


def test_many_worlds_are_what_each_is_alone(own):
    many = gym.V2XVectorEnv(own, num_envs=5)
    seen, _ = many.reset(seed=11)
    alone = [gym.V2XEnv(own) for _ in range(5)]
    for place, env in enumerate(alone):
        assert np.array_equal(env.reset(seed=11 + place)[0], seen[place])
    numbers = np.random.default_rng(1)
    for _ in range(96):
        actions = numbers.uniform(-1, 1, many.action_space.shape).astype(np.float32)
        seen, worth, ended, cut, _ = many.step(actions)
        for place, env in enumerate(alone):
            one = env.step(actions[place])
            assert np.array_equal(one[0], seen[place])
            assert one[1] == worth[place]
            assert (one[2], one[3]) == (ended[place], cut[place])
    assert ended.all()


def test_the_step_after_the_end_begins_new_worlds(own):
    many = gym.V2XVectorEnv(own, num_envs=3)
    first, _ = many.reset(seed=1)
    for _ in range(96):
        _, _, ended, _, _ = many.step(np.zeros(many.action_space.shape))
    seen, worth, ended_after, _, told = many.step(np.zeros(many.action_space.shape))
    assert ended.all()
    assert not ended_after.any()
    assert (worth == 0).all()
    assert not np.array_equal(seen, first)
    assert len(told["world_seed"]) == 3


def test_rewards_are_the_weighted_terms_of_the_books(own):
    env, total = gym.V2XEnv(own), 0.0
    env.reset(seed=2)
    over = False
    while not over:
        _, worth, over, _, told = env.step(np.full(env.action_space.shape, 0.7, np.float32))
        profit = told["paid"] - told["energy"] - told["demand"] - told["wear"]
        lacks, too_much = -1.0 * told["short"], -1.0 * told["over"]
        assert told["reward_profit"] == pytest.approx(profit)
        assert told["reward_tracking"] == pytest.approx(-0.5 * told["astray"])
        assert worth == pytest.approx(2 * (profit + lacks + too_much - 0.25 * 0.5 * told["astray"]))
        total += told["astray"]
    assert total > 1


def test_events_and_forecasts_are_seen_when_they_are_known(own):
    env = gym.V2XEnv(own)
    names = env.observation_names
    now, later = names.index("main.limit_in_0h"), names.index("main.limit_in_1h")
    seen = [env.reset(seed=9)[0]]
    seen += [env.step(np.zeros(env.action_space.shape))[0] for _ in range(96)]
    limits = np.array([one[[now, later]] for one in seen])
    begins = int(np.argmax(limits[:, 0] < 1))
    assert begins > 0
    assert limits[begins, 0] == pytest.approx(0.65)
    ahead = limits[max(0, begins - 4) : begins, 1]  # an hour before: seen only once its notice is out
    assert (ahead[:1] == 1).all()


def test_a_port_is_seen_as_it_is(own):
    env = gym.V2XEnv(own)
    env.reset(seed=5)
    for _ in range(40):
        seen, *_ = env.step(np.full(env.action_space.shape, 0.3, np.float32))
    worlds, names = env.play.worlds, env.observation_names
    port = int(np.flatnonzero((worlds.ports.who[0] >= 0) & (worlds.ports.stored[0] < worlds.ports.most[0]))[0])
    name = env.play.setting.equipment.port_names[port]
    values = {what: seen[names.index(f"{name}.{what}")] for what in ("taken", "soc", "lacks", "hours_left", "may_draw")}
    ports, stay = worlds.ports, int(worlds.ports.who[0, port])
    assert values["taken"] == 1
    assert values["soc"] == pytest.approx(ports.stored[0, port] / ports.capacity[0, port], rel=1e-6)
    assert values["hours_left"] == pytest.approx((worlds.traces.stays.departure_h[0, stay] - 10) / 24, rel=1e-6)
    assert values["may_draw"] == pytest.approx(ports.charge_kw[0, port] / 11, rel=1e-6)
    empty = int(np.flatnonzero(worlds.ports.who[0] < 0)[0])
    where = names.index(f"{env.play.setting.equipment.port_names[empty]}.taken")
    assert (seen[where : where + 7] == 0).all()


@pytest.mark.parametrize(
    ("wrapper", "levels"),
    [(gym.BinaryActions, (0, 1)), (gym.ThreeStepActions, (-1, 0, 1)), (gym.DiscreteActions, None)],
)
def test_other_actions_are_levels_of_the_rating(own, wrapper, levels):
    env = wrapper(gym.V2XEnv(own))
    env.reset(seed=1)
    action = env.action_space.sample()
    assert env.action(action).shape == (len(own.equipment.port_kw),)
    if levels:
        assert set(np.unique([env.action(np.full(env.action_space.shape, k)) for k in range(len(levels))])) == set(
            levels
        )
    env.step(action)


def test_levels_of_many_worlds_are_those_of_each(own):
    many = gym.DiscreteVectorActions(gym.V2XVectorEnv(own, 3), gym.actions.THREE_STEPS)
    one = gym.ThreeStepActions(gym.V2XEnv(own))
    many.reset(seed=[4, 5, 6])
    one.reset(seed=5)
    for _ in range(40):
        actions = many.action_space.sample()
        worth, alone = many.step(actions)[1], one.step(actions[1])[1]
        assert worth[1] == pytest.approx(alone, abs=1e-12)


def test_levels_outside_the_rating_are_refused(own):
    with pytest.raises(ValueError, match="-1 to 1"):
        gym.DiscreteActions(gym.V2XEnv(own), (0.0, 1.5))
    with pytest.raises(ValueError, match="-1 to 1"):
        gym.DiscreteVectorActions(gym.V2XVectorEnv(own, 2), ())


def test_a_site_that_was_read_is_an_instance_too():
    assert gym.V2XEnv(site()).reset(seed=1)[0].dtype == np.float32


def test_a_world_is_drawn_as_text(own):
    env = gym.V2XEnv(own, render_mode="ansi")
    env.reset(seed=5)
    for _ in range(40):
        env.step(np.ones(env.action_space.shape, np.float32))
    lines = env.render().splitlines()
    assert lines[0].startswith("step 40 of 96")
    assert len(lines) == 1 + int((env.play.worlds.ports.who >= 0).sum())


def test_what_cannot_be_is_refused(own):
    env = gym.V2XEnv(own)
    with pytest.raises(ValueError, match="reset it"):
        env.step(np.zeros(env.action_space.shape))
    env.reset(seed=1)
    for wrong in (np.zeros(1), np.full(env.action_space.shape, np.nan)):
        with pytest.raises(ValueError, match="actions must be numbers"):
            env.step(wrong)
    many = gym.V2XVectorEnv(own, num_envs=3)
    with pytest.raises(ValueError, match="one for each of 3"):
        many.reset(seed=[1, 2])
    many.reset(seed=np.int64(4))
    told = many.step(np.zeros(many.action_space.shape))[-1]
    assert told["drawn"].shape == (3,)
    assert told["reward_profit"].shape == (3,)
