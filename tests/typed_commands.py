"""Commands as a person types them, for tests: what they print, or how they are refused."""

from click.testing import CliRunner, Result

from treadlight.app.cli.main import cli
from treadlight.core.errors import InputError

__all__ = ["done", "refused", "typed"]


def typed(*arguments: str) -> Result:
    """What comes of ``treadlight`` with these arguments."""
    return CliRunner().invoke(cli, arguments, standalone_mode=False)


def done(*arguments: str) -> str:
    """Standard output of a command that goes well."""
    result = typed(*arguments)
    assert result.exception is None, result.exception
    return result.stdout


def refused(*arguments: str) -> str:
    """The error of a command that is refused."""
    result = typed(*arguments)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)
