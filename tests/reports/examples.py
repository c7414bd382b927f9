"""Small reports, built by hand."""

from collections.abc import Sequence

from api_schemas.report import (
    Analytic,
    EngineInfo,
    ErfEntry,
    FieldReport,
    Metrics,
    ModelInfo,
    RadiusPx,
    Report,
    ReportWarning,
    TensorField,
    TensorFields,
)


def field(size: Sequence[int], stride: float = 1, **changes: object) -> FieldReport:
    axes = len(size)
    values: dict[str, object] = {
        "size": list(size),
        "sizes_by_phase": [[n] for n in size],
        "stride": [stride] * axes,
        "padding": [(n - 1) // 2 for n in size],
        "start": [0.5] * axes,
        "map": [],
        "density": 1.0,
        "status": "exact",
        "aligned": True,
        "global_context": [],
        "clipped_share": 0.0,
    }
    return FieldReport.model_validate(values | changes)


def tensor(size: Sequence[int], stride: float = 1, op: str = "Conv", **changes: object) -> TensorField:
    own = {"op": op, "shape": [1, 8, 56, 56], "axes": list("dhw"[-len(size) :])}
    return TensorField.model_validate(field(size, stride, **changes).model_dump() | own)


def two_inputs(**by_input: FieldReport) -> TensorFields:
    return TensorFields(op="Concat", shape=[1, 8, 56, 56], axes=["h", "w"], by_input=by_input)


def erf(luo_size: float, axis: dict[str, int], radial: dict[str, float]) -> ErfEntry:
    shares = {"50": 5, "90": 9, "95": 11, "99": 13}
    metrics = Metrics(
        luo_size=luo_size,
        luo_pixels=round(luo_size**2),
        radius_px=RadiusPx(axis=axis, radial=radial),
        energy_side=shares,
        energy_radius={percent: side / 2 for percent, side in shares.items()},
        share_of_trf=0.5,
        offset_px=[0.0, 0.0],
        mass=1.0,
    )
    return ErfEntry(
        unit=[3, 3],
        centre_px=[28.5, 28.5],
        canvas=[56, 56],
        inputs={},
        policy={},
        support_inside_trf=True,
        metrics=metrics,
    )


def report(tensors: dict[str, TensorField | TensorFields] | None, targets: Sequence[str], **changes: object) -> Report:
    return Report(
        engine=EngineInfo(version="0.1.0"),
        model=ModelInfo(sha256="0" * 64, name="net.onnx", opset=17, nodes=3, inputs={"x": [1, 3, 56, 56]}),
        targets=list(targets),
        analytic=None if tensors is None else Analytic(tensors=tensors),
    ).model_copy(update=changes)


WARNING = ReportWarning(code="canvas", message="the radius touches the canvas")
