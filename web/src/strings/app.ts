export const app = {
  name: "Sightline",
  rail: {
    label: "Pages",
    library: "Library",
    runs: "Runs",
    endpoints: "Endpoints",
    system: "System",
    settings: "Settings",
    tagSets: "Tag sets",
    palette: "Search and actions",
    theme: "Light or dark",
    skip: "Skip to the content",
  },
  offline: "The server does not answer. Trying again by itself.",
  back: "The server is back.",
  notFound: {
    title: "There is no such page",
    text: "The address may be mistyped, or what it led to is gone.",
    way: "Go to the library",
  },
} as const;
