"""What a server answers with when it does not answer; apart from the client, which brings an HTTP library with it."""

from api_schemas.problem import Problem


class ServerError(Exception):
    """The server cannot be reached or answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem

    @property
    def callers_fault(self) -> bool:
        """Whether the request has to change before it can work."""
        return self.problem.status < 500 and self.problem.status not in (408, 429)
