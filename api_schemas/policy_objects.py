"""The objects a detector must find: where their sizes come from, and how their images become the network's input."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from api_schemas.base import Frozen

Px = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
WidthHeight = tuple[Px, Px]


def _square(value: Any) -> Any:
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


# A bare number is a square.
Size = Annotated[WidthHeight, BeforeValidator(_square, json_schema_input_type=Px | WidthHeight)]
FILES = ("coco", "yolo", "voc", "csv")
INLINE = ("sizes", "histogram")


class SizeCount(Frozen):
    """So many objects of one size."""

    size: Size = Field(description="Width and height, px; a bare number is a square.")
    count: int = Field(ge=1, le=1 << 40)


class Objects(Frozen):
    """Where the sizes of the objects come from: exactly one of the six sources.

    Paths are relative to the policy file. On the wire a file's content comes beside the request (the form's part
    `objects`), and the path is only its name.
    """

    coco: str | None = Field(None, min_length=1, description="COCO annotations (instances_*.json); gigabytes are fine.")
    yolo: str | None = Field(
        None, min_length=1, description="Folder (or .zip) of YOLO labels: class x y w h, as shares of the image."
    )
    voc: str | None = Field(None, min_length=1, description="Folder (or .zip) of Pascal VOC annotations, .xml.")
    csv: str | None = Field(
        None,
        min_length=1,
        description="CSV with a header: width, height (or w, h) in px; further columns as they are known: x, y, image, "
        "image_width, image_height, id, label, count.",
    )
    sizes: tuple[Size, ...] | None = Field(
        None, min_length=1, max_length=100_000, description="Width and height of each object, px."
    )
    histogram: tuple[SizeCount, ...] | None = Field(
        None, min_length=1, max_length=100_000, description="Sizes with their counts."
    )
    images: str | None = Field(
        None,
        min_length=1,
        description="Folder of the images of `yolo`, which does not say their sizes itself; not over HTTP: give "
        "image_size there.",
    )
    image_size: Size | None = Field(
        None, description="Width and height of the images, px, where the source does not say; a number is a square."
    )
    names: tuple[str, ...] = Field((), max_length=10_000, description="Class names of `yolo`, in the order of numbers.")
    categories: tuple[str, ...] = Field(
        (), max_length=10_000, description="Only objects of these categories (by name); empty: all."
    )
    ignore_crowd: bool = Field(True, description="Leave crowd regions (COCO) and difficult objects (VOC) aside.")
    smallest_px: float = Field(
        0, ge=0, le=1e6, description="Objects with a side below it, px of the image, are left aside."
    )

    @property
    def source(self) -> str:
        """The name of the source that is given."""
        return next(name for name in (*FILES, *INLINE) if getattr(self, name) is not None)

    @property
    def path(self) -> str | None:
        """The file or folder of the source; None where sizes stand in the policy itself."""
        return getattr(self, self.source) if self.source in FILES else None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in (*FILES, *INLINE) if getattr(self, name) is not None]
        if len(given) != 1:
            said = f"{', '.join(given)} are given" if given else "none is given"
            raise ValueError(f"give exactly one of {', '.join((*FILES, *INLINE))}; {said}")
        if self.yolo is None and (self.images is not None or self.names):
            which = "images" if self.images is not None else "names"
            raise ValueError(f"{which} is of yolo labels, and the objects come from {given[0]}; drop {which}")
        return self


class Tiles(Frozen):
    """Slicing the image before the network sees it (SAHI): tiles from the upper left, the last ones moved inwards."""

    size: Size = Field(description="Width and height of a tile, px of the image; a number is a square.")
    overlap: float = Field(0.2, ge=0, lt=1, description="Share of a tile that the next one repeats.")
    full_image: bool = Field(False, description="The whole image is looked at as well; an object needs one of the two.")


class InputRule(Frozen):
    """How an image becomes the network's input, whose size is the model's own (or --input-shape)."""

    resize: Literal["letterbox", "stretch", "shortest_edge", "none"] = Field(
        "letterbox",
        description="`letterbox`: as large as fits, proportions kept; `stretch`: each axis by itself; `shortest_edge`: "
        "to `shortest` px, at most `longest`; `none`: boxes are px of the network's input already.",
    )
    upscale: bool = Field(True, description="Whether images smaller than the input are made larger (letterbox).")
    shortest: int | None = Field(None, ge=1, le=1 << 20, description="Shorter side after resizing, px.")
    longest: int | None = Field(None, ge=1, le=1 << 20, description="Largest longer side after resizing, px.")
    tiles: Tiles | None = None

    @model_validator(mode="after")
    def _edges_belong_to_their_rule(self) -> Self:
        by_edge = self.resize == "shortest_edge"
        if by_edge != (self.shortest is not None) or (self.longest is not None and not by_edge):
            raise ValueError(
                f"resize is {self.resize!r} with shortest {self.shortest}, longest {self.longest}; "
                "shortest_edge needs `shortest`, and only it takes `shortest` and `longest`"
            )
        if self.longest is not None and self.shortest is not None and self.longest < self.shortest:
            raise ValueError(f"longest ({self.longest}) is below shortest ({self.shortest}); exchange them")
        if self.tiles is not None and self.resize == "none":
            raise ValueError("tiles are cut from the image, but resize 'none' says boxes are the network's px already")
        return self
