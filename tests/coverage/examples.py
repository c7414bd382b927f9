"""Coverage checks made by hand: a detector at 640 px with heads P3, P4, P5; figures agree with each other.

`report(failing())` is a check that fails for three reasons, `passing()` one that does not, `measured()` one by
effective fields with a head without objects and objects without a head, `regressed()` one beside a better baseline.
"""

from typing import Any

from api_schemas.coverage import (
    BaselineComparison,
    BinCoverage,
    CoverageResult,
    Failure,
    HeadChange,
    HeadCoverage,
    ObjectsInfo,
    Uncovered,
)
from api_schemas.engine import EngineInfo
from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import FieldChange, Recommendation, RecommendOptions, RecommendResult
from api_schemas.report import ModelInfo, Report, ReportWarning

CANVAS = [640, 640]
BINS: dict[str, tuple[float, float | None]] = {"<32": (0, 32), "32-96": (32, 96), ">=96": (96, None)}
STRIDE = {"P3": 8.0, "P4": 16.0, "P5": 32.0}
TRF = {"P3": 187, "P4": 315, "P5": 443}


def policy(**changes: Any) -> CoveragePolicy:
    """TRF at least 1.5 x object, stride at most its side, 99 % covered; three size bins."""
    words = {
        "name": "street scenes",
        "objects": {"coco": "instances_val.json", "categories": ["car", "person"]},
        "require": {"trf": 1.5, "stride": 1, "covered": 0.99},
        "bins": [32, 96],
    }
    return CoveragePolicy.model_validate(words | changes)


def one_bin(
    name: str, objects: int, covered: int, binding: dict[str, int] | None = None, **changes: Any
) -> BinCoverage:
    low, high = BINS[name]
    share = covered / objects if objects else None
    values = {"objects": objects, "covered": covered, "share": share, "binding": binding or {}}
    return BinCoverage.model_validate({"name": name, "from_px": low, "to_px": high} | values | changes)


def head(name: str, bins: list[BinCoverage], margin: float | None, **changes: Any) -> HeadCoverage:
    """One head; counts are those of its bins."""
    objects, covered = sum(each.objects for each in bins), sum(each.covered for each in bins)
    binding: dict[str, int] = {}
    for each in bins:
        for what, count in each.binding.items():
            binding[what] = binding.get(what, 0) + count
    units = [int(640 // STRIDE[name])] * 2
    values = {
        "name": name,
        "tensors": [f"/head/{name.lower()}/cls/Conv_output_0", f"/head/{name.lower()}/box/Conv_output_0"],
        "units": units,
        "stride": [STRIDE[name]] * 2,
        "trf": [TRF[name]] * 2,
        "trf_status": "exact",
        "clipped_share": {"P3": 0.28, "P4": 0.44, "P5": 0.91}[name],
        "require": {"trf": {"at_least": 1.5}, "stride": {"at_most": 1.0}},
        "largest_px": TRF[name] / 1.5,
        "smallest_px": STRIDE[name],
        "objects": objects,
        "covered": covered,
        "share": covered / objects if objects else None,
        "margin": margin,
        "binding": binding,
        "bins": bins,
        "verdict": "unused" if not objects else "pass" if covered == objects else "fail",
    }
    return HeadCoverage.model_validate(values | changes)


def coverage(
    heads: list[HeadCoverage], bins: list[BinCoverage], failures: list[Failure], **changes: Any
) -> CoverageResult:
    """A result with the sums of its bins."""
    objects, covered = sum(each.objects for each in bins), sum(each.covered for each in bins)
    binding: dict[str, int] = {}
    for each in bins:
        for what, count in each.binding.items():
            binding[what] = binding.get(what, 0) + count
    values: dict[str, Any] = {
        "verdict": "fail" if failures else "pass",
        "policy": "street scenes",
        "canvas": CANVAS,
        "objects": ObjectsInfo(
            source="coco",
            name="instances_val.json",
            sha256="ab" * 32,
            images=120,
            objects=objects,
            ignored={"crowd": 12, "category": 345},
            largest_px=[640.0, 612.5],
            smallest_px=[5.2, 4.8],
        ),
        "covered": covered,
        "uncovered": objects - covered,
        "share": covered / objects,
        "required": 0.99,
        "margin": min((each.margin for each in heads if each.margin is not None), default=None),
        "binding": binding,
        "heads": heads,
        "bins": bins,
        "worst": [],
        "failures": failures,
    }
    return CoverageResult.model_validate(values | changes)


def passing() -> CoverageResult:
    """All of 1000 objects are covered."""
    heads = [
        head("P3", [one_bin("<32", 412, 412), one_bin("32-96", 278, 278), one_bin(">=96", 0, 0)], 0.04),
        head("P4", [one_bin("<32", 0, 0), one_bin("32-96", 63, 63), one_bin(">=96", 77, 77)], 0.21),
        head("P5", [one_bin("<32", 0, 0), one_bin("32-96", 0, 0), one_bin(">=96", 170, 170)], 0.02),
    ]
    bins = [one_bin("<32", 412, 412), one_bin("32-96", 341, 341), one_bin(">=96", 247, 247, required=0.95)]
    return coverage(heads, bins, [])


def failing() -> CoverageResult:
    """924 of 1000: the largest do not fit into P5's field, seven are smaller than P3's stride."""
    heads = [
        head("P3", [one_bin("<32", 412, 405, {"stride": 7}), one_bin("32-96", 278, 278), one_bin(">=96", 0, 0)], -0.35),
        head("P4", [one_bin("<32", 0, 0), one_bin("32-96", 63, 63), one_bin(">=96", 77, 77)], 0.21),
        head(
            "P5", [one_bin("<32", 0, 0), one_bin("32-96", 0, 0), one_bin(">=96", 170, 101, {"trf": 69})], 443 / 960 - 1
        ),
    ]
    bins = [
        one_bin("<32", 412, 405, {"stride": 7}),
        one_bin("32-96", 341, 341),
        one_bin(">=96", 247, 178, {"trf": 69}, required=0.95),
    ]
    failures = [
        Failure(
            code="covered",
            message="92.4 % of 1000 objects are covered, 99 % are required; 69 of the 76 others need a larger field: "
            "make P5's field larger, or the input smaller",
            has=0.924,
            needed=0.99,
        ),
        Failure(
            code="bin-covered",
            message="bin >=96: 72.1 % of 247 objects are covered, 95 % are required; P5 sees 443 px, enough for "
            "objects up to 295 px: make its field larger",
            bin=">=96",
            has=178 / 247,
            needed=0.95,
        ),
        Failure(
            code="clipped",
            message="P5: 91 % of its units touch padding, at most 50 % may: use a larger input",
            head="P5",
            has=0.91,
            needed=0.5,
        ),
    ]
    return coverage(heads, bins, failures, worst=worst())


def worst() -> list[Uncovered]:
    """Four objects, the worst first."""
    return [
        Uncovered(
            image="000000397133.jpg",
            annotation="1768",
            label="car",
            box=[0.0, 3.5, 612.5, 640.0],
            image_size=[640.0, 640.0],
            size_px=[640.0, 612.5],
            head="P5",
            binding="trf",
            has_px=443,
            needed_px=960,
            ratio=443 / 960,
        ),
        Uncovered(
            image="000000037777.jpg",
            annotation="203",
            label="person",
            box=[12.0, 220.0, 9.75, 6.5],
            image_size=[480.0, 800.0],
            size_px=[5.2, 7.8],
            head="P3",
            binding="stride",
            has_px=8,
            needed_px=5.2,
            ratio=5.2 / 8,
        ),
        Uncovered(
            image="000000252219.jpg",
            annotation="7",
            label="person",
            box=[100.0, 10.0, 150.0, 420.0],
            image_size=[640.0, 640.0],
            size_px=[420.0, 150.0],
            head="P5",
            binding="trf",
            has_px=443,
            needed_px=630,
            ratio=443 / 630,
        ),
        Uncovered(
            size_px=[300.0, 300.0], count=67, head="P5", binding="trf", has_px=443, needed_px=450, ratio=443 / 450
        ),
    ]


def measured() -> CoverageResult:
    """By effective fields and size ranges: 40 objects have no head, P4 has no object, P5 none of its own."""
    both = {"trf": {"at_least": 1.5}, "erf": {"at_least": 1.0, "energy": 95, "estimator": "gradient"}}
    heads = [
        head(
            "P3",
            [one_bin("<32", 412, 400, {"erf": 12}), one_bin("32-96", 200, 200), one_bin(">=96", 0, 0)],
            -0.08,
            erf_side=61,
            erf_energy=95,
            require=both | {"covered": 0.99},
            largest_px=61.0,
            smallest_px=None,
        ),
        head(
            "P4",
            [one_bin("<32", 0, 0), one_bin("32-96", 0, 0), one_bin(">=96", 0, 0)],
            None,
            erf_side=118,
            erf_energy=95,
            require=both,
            largest_px=118.0,
            smallest_px=None,
            global_context=["/se/GlobalAveragePool"],
            trf_status="upper_bound",
        ),
    ]
    bins = [
        one_bin("<32", 412, 400, {"erf": 12}),
        one_bin("32-96", 200, 200),
        one_bin(">=96", 40, 0, {"no_head": 40}),
    ]
    failures = [
        Failure(
            code="head-covered",
            message="P3: 98.0 % of its 612 objects are covered, 99 % are required; its effective field has 61 px: "
            "make it larger, or book large objects to P4",
            head="P3",
            has=600 / 612,
            needed=0.99,
        )
    ]
    lost = Uncovered(image="a.jpg", label="bus", size_px=[300.0, 310.0], head=None, binding="no_head", ratio=0.0)
    return coverage(heads, bins, failures, estimator="gradient", required=0.9, worst=[lost], policy=None)


def regressed() -> CoverageResult:
    """`failing`, beside a baseline where P5's field was larger and a head P6 was there."""
    regressions = [
        Failure(
            code="field-shrank",
            message="P5: its field was 571 px and is 443 px; restore the layers before it, or take a new baseline",
            head="P5",
            has=443,
            needed=571,
        ),
        Failure(
            code="coverage-fell",
            message="97.2 % of the objects were covered and 92.4 % are",
            has=0.924,
            needed=0.972,
        ),
        Failure(code="head-vanished", message="P6: was there and is not", head="P6"),
    ]
    comparison = BaselineComparison(
        name="detector-main.onnx",
        sha256="cd" * 32,
        verdict="fail",
        share=(0.972, 0.924),
        heads=[
            HeadChange(head="P3", trf=([187, 187], [187, 187]), share=(0.983, 683 / 690)),
            HeadChange(head="P4", trf=([315, 315], [315, 315]), share=(1.0, 1.0)),
            HeadChange(head="P5", trf=([571, 571], [443, 443]), share=(0.94, 101 / 170)),
            HeadChange(head="P6", trf=([699, 699], None), share=(1.0, None)),
        ],
        regressions=regressions,
    )
    found = failing()
    return found.model_copy(update={"failures": [*found.failures, *regressions], "baseline": comparison})


def recommended() -> RecommendResult:
    """Three changes, the two that pass first."""
    return RecommendResult(
        options=RecommendOptions(),
        parameters=37_900_000,
        multiply_adds=95_400_000_000,
        recommendations=[
            Recommendation(
                kind="dilation",
                title="dilate /backbone/layer4.2/conv2 from 1 to 2",
                how="Give the convolution dilation 2 and padding 2; its weights keep their shape.",
                layer="/backbone/layer4.2/conv2",
                change={"dilation": [1, 2]},
                verdict="pass",
                share=(0.924, 0.996),
                fields=[FieldChange(head="P5", trf=([443, 443], [507, 507]))],
                parameters=0,
                multiply_adds=0,
            ),
            Recommendation(
                kind="block",
                title="add a bottleneck behind /backbone/layer4.2",
                how="Repeat the last block of the stage.",
                layer="/backbone/layer4.2",
                change={"blocks": [3, 4]},
                verdict="pass",
                share=(0.924, 0.998),
                fields=[
                    FieldChange(head="P4", trf=([315, 315], [379, 379])),
                    FieldChange(head="P5", trf=([443, 443], [571, 571])),
                ],
                parameters=4_462_592,
                multiply_adds=1_785_036_800,
                inserts_weights=True,
            ),
            Recommendation(
                kind="resolution",
                title="analyse images at 512x512 instead of 640x640",
                how="Resize to 512 px; objects become smaller by a fifth.",
                change={"input": [640, 512]},
                verdict="fail",
                share=(0.924, 0.951),
                fields=[],
                parameters=0,
                multiply_adds=-34_344_000_000,
            ),
        ],
        trials=61,
        left_out={"no better": 55, "not analysable": 3},
    )


def report(found: CoverageResult | None = None, **changes: Any) -> Report:
    """A report of a detector with this check, no fields of tensors, and one warning."""
    return Report(
        engine=EngineInfo(version="0.1.0"),
        model=ModelInfo(sha256="0" * 64, name="detector.onnx", opset=17, nodes=212, inputs={"images": [1, 3, *CANVAS]}),
        targets=["/head/p3/cls/Conv_output_0"],
        coverage=found,
        warnings=(ReportWarning(code="clipped", message="P5: 91 % of its units touch padding"),),
    ).model_copy(update=changes)
