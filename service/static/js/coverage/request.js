// A check of another policy about the network of a job.
import { written } from "./policy.js";

/** The request: the job's name and input shape, the policy, and what a check needs beside it. */
export function requestOf({ request: { name, input_shape: shape } }, policy) {
  return {
    analyses: ["analytic", "coverage"],
    ...(name ? { name } : {}),
    ...(Object.keys(shape ?? {}).length ? { input_shape: shape } : {}),
    coverage: written(policy),
  };
}
