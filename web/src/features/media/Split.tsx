import { type RefObject, useEffect, useRef, useState } from "react";

import { kept, keep } from "./sizes";
import styles from "./Media.module.css";

const STEP = 24;

/**
 * A line between two parts that can be dragged, or moved with the arrows; a double click sets it
 * back. The size goes into a CSS variable of `of`, so that nothing is drawn anew while it moves.
 */
export function Split(props: {
  name: string;
  label: string;
  /** `vertical`: the line stands, and what is right of it has the size. */
  way: "vertical" | "horizontal";
  usual: number;
  least: number;
  most: number;
  of: RefObject<HTMLElement | null>;
}) {
  const { name, way, least, most, usual, of } = props;
  const [size, setSize] = useState(() => kept(name, { usual, least, most }));
  const from = useRef<{ at: number; size: number } | null>(null);
  const within = (to: number) => Math.round(Math.min(most, Math.max(least, to)));
  const draw = (to: number) => of.current?.style.setProperty(`--${name}`, `${to}px`);
  useEffect(() => {
    of.current?.style.setProperty(`--${name}`, `${size}px`);
  }, [of, name, size]);
  const set = (to: number) => {
    setSize(within(to));
    keep(name, within(to));
  };
  const moved = (event: React.PointerEvent) => {
    if (!from.current) return size;
    const at = way === "vertical" ? event.clientX : event.clientY;
    return within(from.current.size + from.current.at - at);
  };
  return (
    <div
      className={styles.split}
      data-way={way}
      role="separator"
      tabIndex={0}
      aria-label={props.label}
      aria-orientation={way}
      aria-valuenow={size}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { at: way === "vertical" ? event.clientX : event.clientY, size };
      }}
      onPointerMove={(event) => {
        if (from.current) draw(moved(event));
      }}
      onPointerUp={(event) => {
        if (from.current) set(moved(event));
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
        draw(size);
      }}
      onDoubleClick={() => set(usual)}
      onKeyDown={(event) => {
        const by = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        set(size + by * STEP);
      }}
    />
  );
}
