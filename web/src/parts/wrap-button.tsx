// Lines of a log are cut at the edge, or wrapped.

export function WrapButton({ isWrapped, wrap }: { isWrapped: boolean; wrap: (isWrapped: boolean) => void }) {
  return (
    <button type="button" className="quiet wrap-button" aria-pressed={isWrapped} onClick={() => wrap(!isWrapped)}>
      Wrap
    </button>
  );
}
