import { useEffect, useRef } from 'react';
import type { DriftBy, DriftColumn } from '../api/shapes';
import { useTheme } from '../shell/theme';
import { heatRowHeight } from './HeatRow';
import { cellLook } from './ramp';
import { colour, heat, type Theme } from './tokens';

interface HeatCanvasProps {
  columns: DriftColumn[];
  by: DriftBy;
  step: number;
  width: number;
  left: number;
}

/** Draws a block of rows at once; used when a map has more cells than elements are good for. */
export function HeatCanvas({ columns, by, step, width, left }: HeatCanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const height = columns.length * heatRowHeight;
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return undefined;
    const draw = () => paint(canvas, columns, { by, step, width, theme });
    if (typeof IntersectionObserver === 'undefined') {
      draw();
      return undefined;
    }
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((s) => s.isIntersecting)) {
          draw();
          observer.disconnect();
        }
      },
      { rootMargin: '400px' },
    );
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [columns, by, step, width, theme]);
  return <canvas ref={ref} className="heat-canvas" style={{ left, width, height }} aria-hidden="true" />;
}

interface Paint {
  by: DriftBy;
  step: number;
  width: number;
  theme: Theme;
}

function paint(canvas: HTMLCanvasElement, columns: DriftColumn[], { by, step, width, theme }: Paint): void {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(columns.length * heatRowHeight * ratio);
  const ctx = canvas.getContext('2d');
  if (!ctx) return;
  const fills = heat[theme];
  const hatch = colour.reference[theme];
  const gap = step > 6 ? 1.5 : step > 4 ? 0.5 : 0;
  ctx.scale(ratio, ratio);
  columns.forEach((column, row) => {
    column.cells.forEach((cell, col) => {
      const look = cellLook(cell.v, cell.decision, by === 'decision');
      if (look.kind === 'blank') return;
      // Whole pixels, or neighbours would show seams.
      const x = Math.round(col * step * ratio) / ratio;
      const next = Math.round((col + 1) * step * ratio) / ratio;
      const y = row * heatRowHeight + 2;
      const w = Math.max(1 / ratio, next - x - gap);
      ctx.fillStyle = look.kind === 'step' ? (fills[look.step] ?? '') : (fills[0] ?? '');
      ctx.fillRect(x, y, w, heatRowHeight - 4);
      if (look.kind === 'hatch') {
        ctx.strokeStyle = hatch;
        ctx.lineWidth = 0.8;
        ctx.beginPath();
        for (let k = 0; k < heatRowHeight; k += 5) {
          ctx.moveTo(x, y + k + w * 0.4);
          ctx.lineTo(x + w, y + k - w * 0.6);
        }
        ctx.stroke();
      }
    });
  });
}
