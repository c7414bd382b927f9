// What the form for a first policy holds, and the policy that it makes.
import { ProblemError } from "../api.js";

export const FIRST = {
  from: "file", file: null, lent: null, kind: "coco", sizes: "", resize: "letterbox", image: "", shortest: "800",
    longest: "1333",
  times: "1.5", stride: true, covered: "0.95", assign: "any",
};
// Assignments that need nothing said beside their name.
const WORDS = ["any", "fpn", "fcos", "stride_multiples"];
const BY_ENDING = { json: "coco", csv: "csv", zip: "yolo" };

/** What annotations are by their file's name; zip files hold one of two kinds. */
export function kindOf(name) {
  return BY_ENDING[name.split(".").at(-1).toLowerCase()] ?? null;
}

/** The form for another try at a policy that came to nothing; its annotations are lent by its job. */
export function draftOf(policy) {
  if (!policy) return FIRST;
  const { objects, input, require, assign } = policy;
  const [kind] = Object.values(BY_ENDING).concat("voc").filter((key) => objects[key]);
  const listed = objects.histogram ?? objects.sizes?.map((size) => ({ size, count: 1 })) ?? [];
  return {
    ...FIRST,
    ...(kind ? { from: "file", kind, lent: objects[kind] } : { from: "sizes" }),
    sizes: listed.map(({ size, count }) => `${size.join("x")}${count > 1 ? `*${count}` : ""}`).join(", "),
    resize: input.resize,
    image: objects.image_size?.join("x") ?? "",
    shortest: `${input.shortest ?? FIRST.shortest}`,
    longest: `${input.longest ?? FIRST.longest}`,
    times: `${require.trf?.at_least ?? FIRST.times}`,
    stride: Boolean(require.stride),
    covered: `${require.covered}`,
    assign: WORDS.includes(assign.by) ? assign.by : FIRST.assign,
  };
}

/**
 * The policy of a form. Throws `ProblemError` with the fields that are not as they should be.
 * @param {number[] | null} canvas height and width of the network's input, px, where these are known
 */
export function policyOf(form, canvas) {
  const faults = [...faultsOf(form, canvas)];
  if (faults.length) {
    throw new ProblemError({ title: "The policy is not complete", detail: faults[0].message, errors: faults });
  }
  const image = sidesOf(form.image);
  return {
    objects: { ...objectsOf(form), ...(image && form.resize !== "none" ? { image_size: image } : {}) },
    input: form.resize === "shortest_edge"
      ? { resize: form.resize, shortest: Number(form.shortest), longest: Number(form.longest) }
      : { resize: form.resize },
    assign: form.assign,
    require: { trf: Number(form.times), ...(form.stride ? { stride: 1 } : {}), covered: Number(form.covered) },
  };
}

/** Sizes as they are typed: "32x48, 20, 64x64*100" (width x height, a number is a square, * how many); null: not so. */
export function typedSizes(text) {
  const words = text.replace(/\s*([x×*])\s*/gi, "$1").split(/[\s,;]+/).filter(Boolean);
  const found = words.map((word) => word.match(/^(\d+\.?\d*)(?:[x×](\d+\.?\d*))?(?:\*(\d+))?$/i));
  if (!found.length || found.includes(null)) return null;
  return found.map(([, width, height = width, count = 1]) => ({ size: [Number(width), Number(height)],
    count: Number(count) }));
}

function objectsOf({ from, file, lent, kind, sizes }) {
  return from === "file" ? { [kind]: file?.name ?? lent } : { histogram: typedSizes(sizes) };
}

function* faultsOf(form, canvas) {
  const { from, file, lent, sizes, resize, image, times, covered } = form;
  if (from === "file" && !file && !lent) yield { location: "objects",
    message: "Choose a file of annotations, or type sizes." };
  if (from === "sizes") {
    const typed = typedSizes(sizes);
    const isZero = typed?.some(({ size, count }) => Math.min(...size, count) <= 0);
    if (!typed || isZero) {
      yield { location: "objects", message: "Sizes are not read: write 32x48, or 32x48*100 for a hundred of them." };
    }
    const isBeyond = ({ size: [width, height] }) => height > canvas[0] || width > canvas[1];
    const beyond = canvas && resize === "none" ? typed?.find(isBeyond) : null;
    if (beyond) {
      const message = `${beyond.size.join("x")} is larger than the input of ${canvas[1]}x${canvas[0]} px`;
      yield { location: "objects", message: `${message}; say how images are resized.` };
    }
    if (resize !== "none" && !image.trim()) {
      yield { location: "objects.image_size",
        message: "Say how large the images are that these sizes are of, or that they are px of the input." };
    }
  }
  if (image.trim() && !sidesOf(image)) {
    yield { location: "objects.image_size", message: "Write width and height, such as 1920x1080." };
  }
  if (!(Number(times) > 0)) yield { location: "require.trf", message: "Give a number above 0." };
  if (!(Number(covered) > 0 && Number(covered) <= 1)) yield { location: "require.covered",
    message: "Give a share above 0, at most 1." };
  if (resize === "shortest_edge" && !(Number(form.shortest) >= 1 && Number(form.longest) >= Number(form.shortest))) {
    yield { location: "input", message: "The longest side is at least the shortest; both are whole px." };
  }
}

function sidesOf(text) {
  const [one] = typedSizes(text) ?? [];
  return one?.size ?? null;
}
