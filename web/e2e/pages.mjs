// The address of every page, for what is done to all of them.

/** Pages by name, of the first environment, of a pipeline that has a past, and of the node in the worst state. */
export async function everyPage(person) {
  const [environment] = (await person.call("GET", "/environments")).items;
  const [pipeline] = (await person.call("GET", "/pipelines?q=web-access")).items;
  const troubled = (await person.call("GET", "/nodes?sort=status")).items[0];
  const of = (path) => `${path}${path.includes("?") ? "&" : "?"}environment=${environment.id}`;
  return {
    overview: of("/"),
    fleet: of("/fleet"),
    wall: of("/fleet?view=wall&group=region"),
    node: of(`/nodes/${troubled.id}`),
    pipelines: of("/pipelines"),
    pipeline: of(`/pipelines/${pipeline.id}`),
    configuration: of(`/pipelines/${pipeline.id}/configuration`),
    versions: of(`/pipelines/${pipeline.id}/versions`),
    deployment: of(`/pipelines/${pipeline.id}/deployment`),
    deployments: of("/deployments"),
    analytics: of("/analytics?range=1h"),
    logs: of("/logs"),
    settings: of("/settings/enrollment"),
  };
}
