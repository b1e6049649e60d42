// The mark of Systole: a beat. Its name stands beside it.

export const Brand = () => (
  <svg className="brand" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M2 13h5l2.5-7 4.5 13 2.5-6H22" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
  </svg>
);
