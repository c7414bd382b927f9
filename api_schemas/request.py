"""What a caller asks: which analyses of which model, at which targets, under which policies."""

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from api_schemas.base import Frozen
from api_schemas.catalogue import DEFAULT_ANALYSES, Analysis
from api_schemas.erf import DEFAULT_LEVEL, ClosedFormOptions, ConstantForwardOptions, GradientOptions
from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import RecommendOptions
from api_schemas.spec import LayerSpec
from api_schemas.study import Study
from api_schemas.sweep import SweepOptions

Dim = Annotated[int, Field(ge=1, le=1 << 24)]
Shape = Annotated[tuple[Dim, ...], Field(min_length=1, max_length=8)]


Analyses = Annotated[tuple[Analysis, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})]
_ANY_ANALYSIS = rf"\s*({'|'.join(analysis.value for analysis in Analysis)})\s*"
AnalysesInWords = Annotated[str, Field(pattern=f"^{_ANY_ANALYSIS}(,{_ANY_ANALYSIS})*$")]


class AnalyticOptions(Frozen):
    """Options of `analytic`."""

    approximations: bool = Field(
        False,
        description="Put what formulas for chains say (naive shift, CLT, Luo's variance) beside every exact field.",
    )
    level: float = Field(
        DEFAULT_LEVEL, gt=0, lt=1, description="Share of the peak to read the approximations' radii at."
    )


class AnalyzeRequest(Frozen):
    """The question of `POST /analyze`; every field has a sensible default.

    The model is the uploaded file, or `spec`. In a JSON body exactly one of them is given: the body's `spec`.
    """

    analyses: tuple[Analysis, ...] = Field(DEFAULT_ANALYSES, min_length=1, description="What to compute.")
    targets: tuple[Annotated[str, Field(min_length=1, max_length=1024)], ...] = Field(
        (), max_length=256, description="Tensor or node names to look at closely; empty: the last feature maps."
    )
    input_shape: dict[str, Shape] = Field(
        default_factory=dict,
        description="Shape per model input, batch and channels included, e.g. {'images': [1, 3, 640, 640]}. "
        "A bare list is the shape of the only spatial input (stored under the key '').",
    )
    source: str | None = Field(
        None,
        min_length=1,
        max_length=1024,
        description="Tensor (or node) that fields are relative to instead of the input: a px is then a unit of it. "
        "Theoretical fields only.",
    )
    verify: bool = Field(False, description="Check every theoretical field on the real graph, by poisoning pixels.")
    analytic: AnalyticOptions = AnalyticOptions()
    constant_forward: ConstantForwardOptions = ConstantForwardOptions()
    gradient: GradientOptions = GradientOptions()
    closed_form: ClosedFormOptions = ClosedFormOptions()
    spec: LayerSpec | None = Field(None, description="A network as layers, instead of an ONNX file.")
    zoo: str | None = Field(
        None, max_length=64, description="A reference network by name (GET /zoo), instead of a file."
    )
    study: Study | None = Field(None, description="A study, which brings its own networks: it is asked for alone.")
    sweep: SweepOptions | None = Field(
        None, description="A trainability sweep, of the model or of the seed's networks: it is asked for alone."
    )
    coverage: CoveragePolicy | None = Field(
        None, description="The policy of `coverage`; the file of its objects comes beside the request."
    )
    recommend: RecommendOptions = RecommendOptions()
    name: str | None = Field(None, max_length=255, description="What to call the model in the report.")

    @field_validator("input_shape", mode="before", json_schema_input_type=dict[str, Shape] | Shape)
    @classmethod
    def _a_bare_list_is_the_only_input(cls, value: Any) -> Any:
        return {"": value} if isinstance(value, list | tuple) else value

    @field_validator("analyses", mode="before", json_schema_input_type=Analyses | AnalysesInWords)
    @classmethod
    def _a_comma_list_is_a_list(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _with_a_source_the_default_is_what_can_be_had(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("source") is not None:
            return {"analyses": (Analysis.ANALYTIC,), **data}
        return data

    @model_validator(mode="before")
    @classmethod
    def _a_study_or_a_sweep_is_what_is_asked(cls, data: Any) -> Any:
        for analysis in (Analysis.STUDY, Analysis.SWEEP):
            if isinstance(data, dict) and data.get(analysis.value) is not None:
                return {"analyses": (analysis,), **data}
        return data

    @model_validator(mode="before")
    @classmethod
    def _a_policy_asks_for_its_check(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("coverage") is None:
            return data
        wanted = (Analysis.RECOMMEND,) if data.get("recommend") is not None else ()
        return {"analyses": (Analysis.ANALYTIC, Analysis.COVERAGE, *wanted), **data}

    @model_validator(mode="before")
    @classmethod
    def _a_sweep_has_its_defaults(cls, data: Any) -> Any:
        alone = ("sweep", ["sweep"], [Analysis.SWEEP], (Analysis.SWEEP,))
        if isinstance(data, dict) and data.get("sweep") is None and data.get("analyses") in alone:
            return {**data, "sweep": {}}
        return data

    @model_validator(mode="after")
    def _a_study_stands_alone(self) -> Self:
        asked = Analysis.STUDY in self.analyses
        if asked != (self.study is not None):
            wanted = "give it under study" if asked else "add 'study' to analyses, or leave study out"
            raise ValueError(f"study: analyses are {[a.value for a in self.analyses]}; {wanted}")
        others = len(self.analyses) > 1 or self.spec is not None or self.zoo is not None or self.targets
        if asked and others:
            raise ValueError("study: it brings its own networks; drop other analyses, spec, zoo and targets")
        return self

    @model_validator(mode="after")
    def _a_sweep_stands_alone(self) -> Self:
        asked = Analysis.SWEEP in self.analyses
        if asked != (self.sweep is not None) or (asked and len(self.analyses) > 1):
            raise ValueError(
                f"sweep: analyses are {[a.value for a in self.analyses]}; it trains and is asked for alone: "
                "set analyses to ['sweep'], or leave sweep out"
            )
        beside = {"input_shape": self.input_shape, "verify": self.verify, "source": self.source}
        given = [name for name, value in beside.items() if value]
        if asked and given:
            raise ValueError(f"{given[0]}: a sweep makes its own images and fields; drop {given[0]}, or sweep")
        if asked and len(self.targets) > 1:
            raise ValueError(f"targets: a sweep trains one head, on one target, not on {len(self.targets)}; name one")
        return self

    @model_validator(mode="after")
    def _a_check_has_its_policy(self) -> Self:
        asked = [a for a in (Analysis.COVERAGE, Analysis.RECOMMEND) if a in self.analyses]
        if asked and self.coverage is None:
            raise ValueError(f"coverage: {asked[0].value} is asked for without a policy; give one under coverage")
        if self.coverage is not None and not asked:
            raise ValueError("coverage: a policy is given, but not asked for; add 'coverage' to analyses, or drop it")
        return self

    @model_validator(mode="after")
    def _a_source_has_theoretical_fields_only(self) -> Self:
        others = [a.value for a in self.analyses if a is not Analysis.ANALYTIC]
        if self.source is not None and others:
            raise ValueError(
                f"source: {', '.join(others)} measures on the input image, not on the tensor '{self.source}'; "
                "drop it from analyses, or drop source"
            )
        return self

    @model_validator(mode="after")
    def _a_zoo_name_is_known_and_stands_alone(self) -> Self:
        if self.zoo is None:
            return self
        if self.spec is not None:
            raise ValueError("zoo: the request brings a layer spec too; leave one of them out")
        from api_schemas import zoo  # the networks are looked up only where one is asked for

        zoo.check(self.zoo)
        return self

    @model_validator(mode="after")
    def _no_analysis_twice(self) -> Self:
        if len(set(self.analyses)) != len(self.analyses):
            raise ValueError(f"analyses: {[a.value for a in self.analyses]} names one twice; name each once")
        return self
