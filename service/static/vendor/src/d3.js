export { contours } from "d3-contour";
export { format } from "d3-format";
export { scaleLinear, scaleLog, scaleSymlog } from "d3-scale";
export { area, curveStepAfter, line } from "d3-shape";
