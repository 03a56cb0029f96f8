"""Several processes: what each takes of a batch, and that together they are one process with the whole batch.

Two processes at batch b give the gradients of one at 2b where examples do not meet in the network. In batch norm they
meet: each process normalises by the statistics of its own b examples, so the gradients differ a little (a test below
says so), and the running statistics that are kept are those of the first process.
"""

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import killable
import torch_models as tm
from together import together
from torch_models.processes import ALONE, Processes, is_lost_connection

PAIR = [Processes(rank, 2) for rank in range(2)]
SHARE = 8  # b


# --- shares ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("n", [3, 12, 17, 100])
def test_no_example_is_in_two_shares_and_few_in_none(n, count):
    order = torch.randperm(n)
    shares = [Processes(rank, count).shares(order, 4) for rank in range(count)]
    taken = torch.cat([torch.cat(of_one) for of_one in shares]).tolist()
    assert len(set(taken)) == len(taken) == n // count * count
    assert {tuple(map(len, of_one)) for of_one in shares} == {tuple(map(len, shares[0]))}, "equal shares"
    assert max(len(batch) for batch in shares[0]) <= 4


def test_the_shares_of_a_batch_are_that_batch():
    order = torch.randperm(20)
    for number, whole in enumerate(ALONE.shares(order, 8)):
        parts = torch.cat([one.shares(order, 4)[number] for one in PAIR])
        assert sorted(parts.tolist()) == sorted(whole.tolist())


def test_alone_takes_everything_in_order():
    order = torch.randperm(10)
    assert [batch.tolist() for batch in ALONE.shares(order, 4)] == [order[i : i + 4].tolist() for i in (0, 4, 8)]


def test_more_processes_than_examples_are_refused():
    with pytest.raises(ValueError, match="2 examples cannot be shared out to 3 processes"):
        Processes(0, 3).shares(torch.arange(2), 4)


def test_fewer_examples_than_processes_is_one_sentence():
    learners = killable.load("learners")
    data = tm.load_digits(tm.FashionMLP.input_shape)
    one = dataclasses.replace(data, train_inputs=data.train_inputs[:1], train_labels=data.train_labels[:1])
    with pytest.raises(killable.load("endings").CommandError, match="1 to train on cannot be shared out to 2"):
        learners.begin(None, None, one, None, PAIR[0])


def test_a_lost_connection_is_told_from_other_errors():
    lost = RuntimeError("[/__w/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:537] Read error: Connection reset")
    assert is_lost_connection(lost)
    assert is_lost_connection(torch.distributed.DistBackendError("NCCL"))
    assert not is_lost_connection(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


# --- two real processes ---------------------------------------------------------------------------------------------


def images_and_labels(shape, n):
    generator = torch.Generator().manual_seed(3)
    images = torch.randn(n, *shape, generator=generator, dtype=torch.float64)
    return images, torch.randint(10, (n,), generator=generator)


def made(make, settings):
    with tm.seeded(4):
        return make(**settings).double()


def one_step(processes, make, settings):
    """The weights after one step of rate 1: what they lost is the gradient. And the loss over all processes."""
    model = made(make, settings)
    learner = tm.TorchLearner(model, torch.optim.SGD(model.parameters(), lr=1.0), processes=processes)
    images, labels = images_and_labels(make.input_shape, 2 * SHARE)
    (mine,) = processes.shares(torch.arange(2 * SHARE), 2 * SHARE // processes.count)
    loss, _ = learner.learn(images[mine], labels[mine])
    learner.end_epoch()
    (total,) = processes.total(loss * len(mine))
    return {name: weight.numpy() for name, weight in learner.weights().items()}, total / (2 * SHARE)


def evaluate_and_wait(processes, path):
    data = tm.normalised(tm.load_digits(tm.FashionMLP.input_shape))
    model = made(tm.FashionMLP, {}).float()
    found = tm.evaluate(model, data.test_inputs[:31], data.test_labels[:31], processes=processes)
    with processes.first_goes_first():
        if processes.first:
            path.write_text("loaded")
        there = path.exists()
    return found, there


def augmented_batches(processes):
    drawn = []

    def augment(images, generator):
        drawn.append((images[:, 0, 14, 14].tolist(), torch.rand((), generator=generator).item()))
        return images

    data = tm.normalised(tm.load_digits(tm.FashionMLP.input_shape))
    model = made(tm.FashionMLP, {}).float()
    learner = tm.TorchLearner(model, torch.optim.SGD(model.parameters(), lr=0.1), processes=processes)
    settings = {"epochs": 1, "batch_size": 300, "augment": augment, "progress": False}
    (row,) = tm.train(learner, data, **settings, generator=torch.Generator().manual_seed(0), processes=processes)
    return drawn, {name: value for name, value in row.items() if name != "seconds"}


MLP, CNN = (tm.FashionMLP, {}), (tm.CifarCNN, {"dropout": 0.0})


def everything(processes, path):
    """All that the tests below ask of a process, at one go."""
    evaluated = evaluate_and_wait(processes, path)
    return {
        "mlp": one_step(processes, *MLP),
        "cnn": one_step(processes, *CNN),
        "augmented": augmented_batches(processes),
        "evaluated": evaluated,
    }


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """{what: (of the first process, of the second)}"""
    first, second = together(2, everything, tmp_path_factory.mktemp("two") / "cache")
    return {name: (first[name], second[name]) for name in first}


def differences(alone, found):
    """{name: the largest difference between two processes at b and one at 2b}, and the losses of both."""
    (alone, loss), ((first, loss_of_two), (second, _)) = alone, found
    assert all((first[name] == second[name]).all() for name in first), "both processes hold the same weights"
    return {name: abs(first[name] - alone[name]).max() for name in alone}, (loss, loss_of_two)


def test_two_processes_give_the_gradients_of_one_with_both_batches(two):
    found, (loss, loss_of_two) = differences(one_step(ALONE, *MLP), two["mlp"])
    assert max(found.values()) < 1e-14
    assert loss_of_two == pytest.approx(loss, rel=1e-12)
    weights, before = two["mlp"][0][0], made(*MLP).state_dict()
    assert all(abs(weights[name] - before[name].numpy()).max() > 1e-4 for name in weights), "there was a step"


def test_batch_norm_sees_its_own_share_only(two):
    found, _ = differences(one_step(ALONE, *CNN), two["cnn"])
    assert 1e-6 < found["layers.16.weight"] < 0.1, "near the gradient of the whole batch, and not it"
    kept = two["cnn"][0][0]["layers.1.running_mean"]
    images, _ = images_and_labels((3, 32, 32), 2 * SHARE)
    convolved = made(tm.CifarCNN, {}).layers[0](images[::2])
    expected = 0.1 * convolved.mean(dim=(0, 2, 3)).detach().numpy()
    assert kept == pytest.approx(expected, rel=1e-9), "the statistics of the first process"


def test_evaluation_is_shared_out_and_the_first_goes_first(two, tmp_path):
    assert two["evaluated"][0] == two["evaluated"][1]
    (loss, accuracy), there = two["evaluated"][1]
    assert there
    (expected, expected_accuracy), _ = evaluate_and_wait(ALONE, tmp_path / "cache")
    assert loss == pytest.approx(expected, rel=1e-6)
    assert accuracy == expected_accuracy


def test_each_process_draws_its_own_augmentation_and_all_report_the_same(two):
    (first, row), (second, other_row) = two["augmented"]
    assert row == other_row
    assert len(first) == len(second) == 2
    assert all(a != b for (a, _), (b, _) in zip(first, second, strict=True)), "other images"
    assert all(a != b for (_, a), (_, b) in zip(first, second, strict=True)), "other flips and crops"


@pytest.mark.slow
def test_torchrun_trains_with_one_writer_and_resumes(tmp_path):
    out = tmp_path / "run"
    script = killable.SCRIPTS / "train_fashion_mlp.py"
    options = ["--dataset", "digits", "--epochs", "2", "--limit", "200", "--device", "cpu", "--out", out]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script]
    done = subprocess.run([*torchrun, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert [line.split()[1] for line in printed if line.startswith("epoch ")] == ["1/2", "2/2"], "one speaks"
    labels = tm.load_digits(tm.FashionMLP.input_shape).test_labels
    score = (tm.read_predictions(out / "predictions.csv") == labels).double().mean().item()
    assert printed[-1] == f"test accuracy {score:.4f}"
    assert score > 0.5
    again = subprocess.run([*torchrun, *options, "--resume"], capture_output=True, text=True, check=False)
    assert again.stdout.splitlines()[-1] == printed[-1]
    alone = subprocess.run([sys.executable, script, *options, "--resume"], capture_output=True, text=True, check=False)
    assert alone.returncode == 2
    assert "other options (processes 2, not 1)" in alone.stderr


@pytest.mark.slow
@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_process_leaves_one_sentence_and_a_run_to_resume(tmp_path, killed):
    """It has lost the other, or torchrun has ended it first; torchrun adds a report that names the one killed."""
    out, script = tmp_path / "run", killable.SCRIPTS / "train_fashion_mlp.py"
    options = ["--dataset", "digits", "--epochs", "9999", "--device", "cpu", "--out", out]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script]
    with open(tmp_path / "said", "w") as said:
        process = subprocess.Popen([*torchrun, *options], stdout=said, stderr=said)
        while not (out / "checkpoint.pt").exists():
            assert process.poll() is None, (tmp_path / "said").read_text()
            time.sleep(0.05)
        os.kill(worker(process.pid, killed), signal.SIGKILL)
        assert process.wait() == 1
    printed = (tmp_path / "said").read_text()
    said = (
        rf"train_fashion_mlp.py, rank {1 - killed}: (another process has ended|ended from outside).*; --resume goes on"
    )
    assert re.search(said, printed), printed
    assert "[rank" not in printed, "no traceback of ours"
    torch.load(out / "checkpoint.pt", weights_only=True)


def worker(torchrun_pid, rank):
    """The process id of one of torchrun's children."""
    children = Path(f"/proc/{torchrun_pid}/task/{torchrun_pid}/children")
    for pid in map(int, children.read_text().split()):
        if f"\0RANK={rank}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes():
            return pid
    raise AssertionError(f"no process of rank {rank}")
