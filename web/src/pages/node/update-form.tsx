// Has the agent of a node replace itself with another version.

import { useState } from "react";
import type { NodeDetail } from "../../api/types";
import { ActionForm } from "../../parts/dialog";

type Update = { type: "self_update"; targetVersion: string; downloadUrl: string; checksum: string };

type Props = { node: NodeDetail; update: (body: Update) => Promise<unknown>; close: () => void };

export function UpdateForm({ node, update, close }: Props) {
  const [targetVersion, setTargetVersion] = useState("");
  const [downloadUrl, setDownloadUrl] = useState("");
  const [checksum, setChecksum] = useState("");
  const act = () =>
    update({
      type: "self_update",
      targetVersion: targetVersion.trim(),
      downloadUrl: downloadUrl.trim(),
      checksum: checksum.trim(),
    });
  return (
    <ActionForm does="Update" act={act} close={close}>
      <p>
        {node.name} runs {node.agentVersion ?? "an unknown version"}. It downloads the file, compares its checksum, and
        starts anew with it; pipelines are restarted. A node that is away does it when it comes back.
      </p>
      {node.deploymentMode === "DOCKER" && (
        <p>This agent runs in a container. It refuses to replace itself: update its image instead.</p>
      )}
      {node.updateError && <p>The last update failed: {node.updateError}</p>}
      <label>
        Version
        <input
          value={targetVersion}
          required
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTargetVersion(event.target.value)}
        />
      </label>
      <label>
        Download address
        <input
          type="url"
          value={downloadUrl}
          required
          pattern="https://.*"
          title="An address that begins with https://"
          placeholder="https://"
          autoComplete="off"
          onChange={(event) => setDownloadUrl(event.target.value)}
        />
      </label>
      <label>
        Checksum of the file
        <input
          className="mono"
          value={checksum}
          required
          pattern="sha256:[0-9a-fA-F]{64}"
          title="sha256: and 64 hexadecimal digits"
          placeholder="sha256:"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setChecksum(event.target.value)}
        />
      </label>
    </ActionForm>
  );
}
