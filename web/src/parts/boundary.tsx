// What stands in place of everything when a part of the page cannot be drawn: a server that is newer has its scripts
// under other names, and a fault is better told than shown as an empty page.

import { Component, type ReactNode } from "react";

export class Boundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <div className="alone">
        <div className="empty" role="alert">
          <h1>This page cannot be drawn</h1>
          <p>The server may have a newer one. If it breaks again after reloading, it has a fault.</p>
          <button type="button" className="primary" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </div>
    );
  }
}
