// Line icons of 18 px. They stand beside a word or in a control that has a name.

const paths = {
  overview: "M2 9h3l2-5 4 10 2-5h3",
  fleet: "M3 3h5v5H3zM10 3h5v5h-5zM3 10h5v5H3zM10 10h5v5h-5z",
  pipelines: "M2 9h3.5M12.5 4H16M12.5 14H16M5.5 9c4 0 3-5 7-5M5.5 9c4 0 3 5 7 5",
  deployments: "M2.5 3.5h13v11h-13zM2.5 8h13M7 3.5v11M11 8v6.5",
  logs: "M3 4h12M3 9h8M3 14h10",
  keys: "M2.5 5h13v8h-13zM5 8h.01M8 8h.01M11 8h.01M13 8h.01M6 10.5h6",
  analytics: "M3 15V9M7 15V5M11 15v-4M15 15V3",
  settings:
    "M2.5 5h6M13 5h2.5M2.5 13H5M9.5 13h6M11 2.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4ZM7 10.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4Z",
  search: "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3ZM12 12l3.5 3.5",
  sun: "M9 6a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM9 1.5v1.5M9 15v1.5M1.5 9H3M15 9h1.5M3.7 3.7l1 1M13.3 13.3l1 1M3.7 14.3l1-1M13.3 4.7l1-1",
  user: "M9 3a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM3.5 15.5c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5",
  chevron: "M5 7l4 4 4-4",
  more: "M4 9h.01M9 9h.01M14 9h.01",
  check: "M4 9.5l3.5 3.5L14 5.5",
  copy: "M6.5 6.5h8v8h-8zM4 11.5H3.5v-8h8V4",
  close: "M4.5 4.5l9 9M13.5 4.5l-9 9",
};

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
