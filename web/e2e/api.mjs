// Calls of a signed-in person, and of agents, straight to the server.

import { EMAIL, PASSWORD } from "./server.mjs";

export class Person {
  constructor(url, cookie) {
    this.url = url;
    this.cookie = cookie;
  }

  static async signIn(url, email = EMAIL, password = PASSWORD) {
    const answer = await fetch(`${url}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
    return new Person(url, answer.headers.get("set-cookie").split(";")[0]);
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { Cookie: this.cookie, ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** A team with an environment, and the token that enrolls into it. */
  async environment(name) {
    const team = await this.call("POST", "/teams", { name });
    const { id } = await this.call("POST", "/environments", { name, teamId: team.id });
    const { token } = await this.call("POST", `/environments/${id}/enrollment-token`, {});
    return { id, teamId: team.id, token };
  }

  async pipeline(environmentId, name, config = CONFIGURATION) {
    const { id } = await this.call("POST", "/pipelines", { environmentId, name, config });
    await this.call("POST", `/pipelines/${id}/deploy`, { changelog: "First version" });
    return id;
  }
}

export const CONFIGURATION = `sources:
  in:
    type: demo_logs
    format: json
sinks:
  out:
    type: blackhole
    inputs: [in]
`;

/** An agent whose every heartbeat is asked for by the test. */
export class Agent {
  static async enroll(url, token, hostname) {
    const answer = await fetch(`${url}/api/agent/enroll`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, hostname, agentVersion: "1.4.2", os: "linux/amd64" }),
    });
    if (!answer.ok) throw new Error(`enrolling: ${answer.status} ${await answer.text()}`);
    const { nodeId, nodeToken } = await answer.json();
    return Object.assign(new Agent(), { url, nodeId, nodeToken, events: 0, errors: 0, beats: 0 });
  }

  async post(path, body) {
    const answer = await fetch(`${this.url}/api/agent/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.nodeToken}` },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  /** What it is to run, as it polls it. */
  async config() {
    const headers = { Authorization: `Bearer ${this.nodeToken}` };
    const answer = await fetch(`${this.url}/api/agent/config`, { headers });
    return (await answer.json()).pipelines;
  }

  /** One heartbeat in which `events` passed each pipeline since the last one, and `errors` happened in its sink. */
  async beat(pipelines, { status = "RUNNING", events, errors = 0, version = 1, lines = [] } = {}) {
    // Rates that tests wait to see move must not be steady.
    this.events += events ?? 300 + ((this.beats * 137) % 400);
    this.errors += errors;
    this.beats += 1;
    const measured = status === "RUNNING";
    const passed = { receivedEvents: this.events, sentEvents: this.events };
    await this.post("heartbeat", {
      agentVersion: "1.4.2",
      hostMetrics: { memoryTotalBytes: 8 << 30, memoryUsedBytes: 3 << 30 },
      pipelines: pipelines.map((pipelineId) => ({
        pipelineId,
        version,
        status,
        pid: 811,
        uptimeSeconds: this.beats * 5,
        ...(measured && {
          eventsIn: this.events,
          eventsOut: this.events,
          bytesIn: this.events * 400,
          bytesOut: this.events * 500,
          componentMetrics: [
            { componentId: "in", componentKind: "source", ...passed },
            {
              componentId: "out",
              componentKind: "sink",
              ...passed,
              errorsTotal: this.errors,
              latencyMeanSeconds: 0.004,
            },
          ],
        }),
        recentLogs: lines,
      })),
    });
  }

  /** Beats now and on until `stop` is called. */
  every(millis, beat) {
    let isStopped = false;
    const running = (async () => {
      while (!isStopped) {
        await beat();
        await new Promise((resolve) => setTimeout(resolve, millis));
      }
    })();
    // Whoever does not come to stop it has failed already, and its server is gone.
    running.catch(() => undefined);
    return async () => {
      isStopped = true;
      await running;
    };
  }
}
