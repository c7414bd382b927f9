// The ways to look at a job. Each is a module that is loaded when it is looked at; a new one is one line here.
import { useEffect, useState } from "../html.js";

const VIEWS = [
  {
    key: "explore",
    label: "Explore",
    of: (_job, report) => Boolean(report?.analytic),
    load: () => import("../explore/view.js").then((module) => module.ExploreView),
  },
  {
    key: "sweep",
    label: "Sweep",
    of: (job) => job.request.analyses.includes("sweep"),
    load: () => import("../sweep/view.js").then((module) => module.SweepView),
  },
  {
    key: "coverage",
    label: "Coverage",
    of: (_job, report) => Boolean(report?.analytic || report?.coverage),
    load: () => import("../coverage/view.js").then((module) => module.CoverageView),
  },
  {
    key: "profiles",
    label: "Profiles and tables",
    of: (_job, report) => Boolean(report?.analytic),
    load: () => import("../profiles/view.js").then((module) => module.ProfilesView),
  },
  {
    key: "files",
    label: "Files",
    of: () => true,
    load: () => import("../files/view.js").then((module) => module.FilesView),
  },
];

/** The views that a job has something for, the one to begin with first. */
export function viewsOf(job, report) {
  return VIEWS.filter((view) => view.of(job, report));
}

/** The component of a view, once its module is there. */
export function useView(key) {
  const [state, setState] = useState({});
  useEffect(() => {
    let gone = false;
    const { load } = VIEWS.find((view) => view.key === key);
    load().then(
      (Component) => !gone && setState({ Component }),
      () => !gone && setState({ fault: MISSING }),
    );
    return () => {
      gone = true;
    };
  }, [key]);
  return state;
}

const MISSING = {
  title: "This part of the page did not load",
  detail: "The service may have been upgraded or stopped. Load the page again.",
};
