"""Networks whose ``forward`` is called directly are heard, and compute the same."""

from __future__ import annotations

import pytest

from rlprobe.scripts.inside.reading.networks.direct import DirectCalls

torch = pytest.importorskip("torch")
F = torch.nn.functional


class Body(torch.nn.Module):
    """A network of a script."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, x):
        """One layer."""
        return self.layer(x)


class Head(Body):
    """Another on top of it, which calls the ``forward`` of its parent."""

    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(2, 1)

    def forward(self, x, *, twice=False):
        """The last layer."""
        y = self.last(super().forward(x))
        return 2 * y if twice else y


@pytest.fixture
def heard(monkeypatch):
    """The names of the classes whose calls the hooks of PyTorch have heard."""
    for kind in (Body, Head):
        monkeypatch.setattr(kind, "forward", kind.forward)
    direct, names = DirectCalls(), []
    monkeypatch.setattr(torch.jit, "script", torch.jit.script)
    direct.leave_to_compiler(torch.jit)
    hooks = torch.nn.modules.module
    before = hooks.register_module_forward_pre_hook(lambda module, _: direct.before_forward(module))
    after = hooks.register_module_forward_hook(lambda module, *_: names.append(type(module).__name__))
    part = hooks.register_module_module_registration_hook(direct.cover)
    yield names
    for handle in (before, after, part):
        handle.remove()


def test_a_direct_call_is_heard_once(heard):
    """As the call of the network is."""
    net, x = Body(), torch.ones(4, 3)
    direct = net.forward(x)
    assert heard == ["Linear", "Body"]
    assert torch.equal(direct, net(x))
    assert heard == ["Linear", "Body"] * 2


def test_a_parent_is_no_network_of_its_own(heard):
    """``super().forward(x)`` within a direct call, and within a plain one; arguments by name arrive."""
    net, x = Head(), torch.ones(4, 3)
    assert torch.equal(net.forward(x, twice=True), 2 * net(x))
    assert heard == ["Linear", "Linear", "Head"] * 2


def test_a_call_after_an_error_is_heard(heard):
    """What an error leaves behind hides no later call."""
    net = Body()
    with pytest.raises(RuntimeError):
        net.forward(torch.ones(4, 7))
    heard.clear()
    net.forward(torch.ones(4, 3))
    assert heard == ["Linear", "Body"]


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")
def test_a_network_is_compiled_from_its_own_code(heard):
    """What stands around ``forward`` has no source that TorchScript could read."""
    net, x = Inner(), torch.ones(4, 3)
    compiled = torch.jit.script(net)
    assert torch.equal(compiled(x), net(x))


class Inner(torch.nn.Module):
    """A network with a function of a module that only its own file imports."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, x):
        """One layer and a function."""
        return F.relu(self.layer(x))
