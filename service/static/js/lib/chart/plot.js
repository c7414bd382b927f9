// The picture of a chart, and what is read off it.
import { html, useId, useMemo } from "../../html.js";
import { Chosen, Hairline, readingsOf, useCrosshair } from "./crosshair.js";
import { frameOf } from "./frame.js";
import { Axes, Dots, FileLegend, MarkWords, Marks, Series, Spans } from "./layers.js";
import { Reading, wordsOf } from "./reading.js";

const KEYS = "Left and right arrow keys read values, up and down change the line";

/** For the props see `LineChart`; `shown`: the series that are switched on; `width`: px; `svg`: ref of the picture. */
export function Plot(props) {
  const { shown, width, title, marks, dots, spans, picked, onPick } = props;
  const room = props.height ?? Math.round(Math.min(Math.max(width * 0.55, 240), 400));
  const scaling = [props.xScale, props.yScale, `${props.xDomain}`, `${props.yDomain}`];
  const frame = useMemo(() => frameOf({ ...props, room }), [shown, width, room, marks, dots, spans, ...scaling]);
  const { point, handlers } = useCrosshair({ frame, shown, picked, onPick });
  const words = point?.byKey ? wordsOf(props, readingsOf(frame, shown, point)) : "";
  return html`<div class=${`chart-plot ${onPick ? "picks" : ""}`} tabindex="0" role="application" ...${handlers}
      aria-roledescription="chart" aria-label=${`${title}. ${KEYS}${onPick ? ", Enter chooses" : ""}.`}>
    <${Picture} ...${props} frame=${frame} point=${point} />
    ${point && html`<${Reading} props=${props} frame=${frame} point=${point} />`}
    <p class="visually-hidden" aria-live="polite">${words}</p>
  </div>`;
}

function Picture({ frame, point, picked, svg, ...props }) {
  const id = useId();
  const { shown, title, description, xLabel, yLabel } = props;
  const { width, height, left, right, top, bottom } = frame;
  const chosen = picked && { series: shown.findIndex((one) => one.place === picked.series), index: picked.index };
  const still = useMemo(() => html`<${Still} ...${props} frame=${frame} id=${id} />`, [frame, xLabel, yLabel, title]);
  return html`<svg ref=${svg} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img"
      aria-labelledby=${`${id}-title ${id}-desc`}
      data-file-box=${`-10 -36 ${width + 20} ${height + 48 + 18 * shown.length}`}>
    <title id=${`${id}-title`}>${title}</title>
    <desc id=${`${id}-desc`}>
      ${description || `${yLabel} over ${xLabel}: ${shown.map((one) => one.name).join("; ")}`}
    </desc>
    <defs><clipPath id=${`${id}-inside`}>
      <rect x=${left - 2} y=${top - 2} width=${right - left + 4} height=${bottom - top + 4} />
    </clipPath></defs>
    ${still}
    ${chosen && chosen.series >= 0 &&
      html`<${Chosen} frame=${frame} one=${shown[chosen.series]} index=${chosen.index} />`}
    ${point && html`<${Hairline} ...${{ frame, shown, point }} />`}
  </svg>`;
}

/** What does not follow the pointer. */
function Still({ frame, id, shown, marks, dots, spans, xLabel, yLabel, title }) {
  return html`<${Spans} frame=${frame} spans=${spans} />
    <${Axes} frame=${frame} xLabel=${xLabel} yLabel=${yLabel} />
    <${Marks} frame=${frame} marks=${marks} />
    <${Series} frame=${frame} shown=${shown} inside=${`url(#${id}-inside)`} />
    <${Dots} frame=${frame} dots=${dots} />
    <${MarkWords} frame=${frame} marks=${marks} />
    <${FileLegend} title=${title} shown=${shown} frame=${frame} />`;
}
