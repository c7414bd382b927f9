// How wide a place on the page is, now and whenever that changes.
import { useLayoutEffect, useRef, useState } from "../html.js";

/** @returns {{ box: object, width: number }} a ref for the element, and its width, px; 0 until it is there */
export function useWidth() {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(Math.floor(box.current.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}
