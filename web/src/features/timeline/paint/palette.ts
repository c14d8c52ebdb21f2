/** The colours of the page as a canvas takes them, and the hatching that means unknown. */

export interface Palette {
  readonly surface: string;
  readonly raised: string;
  readonly sunken: string;
  readonly line: string;
  readonly ink: string;
  readonly ink2: string;
  readonly asked: string;
  readonly shared: string;
  readonly hatch: CanvasPattern | null;
  readonly font: string;
}

const TILE = 5;

/** As `.hatched` of the page looks. */
function hatching(context: CanvasRenderingContext2D, color: string): CanvasPattern | null {
  const fine = 4;
  const tile = document.createElement("canvas");
  tile.width = tile.height = TILE * fine;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.scale(fine, fine);
  pen.strokeStyle = color;
  pen.lineWidth = 1.1;
  for (const offset of [-TILE, 0, TILE]) {
    pen.beginPath();
    pen.moveTo(offset - 1, -1);
    pen.lineTo(offset + TILE + 1, TILE + 1);
    pen.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / fine));
  return pattern;
}

/** Read anew when the scheme changes: the names stay, the colours behind them do not. */
export function readPalette(element: Element, context: CanvasRenderingContext2D): Palette {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    surface: value("--surface"),
    raised: value("--surface-2"),
    sunken: value("--surface-3"),
    line: value("--line"),
    ink: value("--ink"),
    ink2: value("--ink-2"),
    asked: value("--asked"),
    shared: value("--shared"),
    hatch: hatching(context, value("--hatch")),
    font: style.fontFamily,
  };
}
