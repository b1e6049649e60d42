// What stands in place of what cannot be drawn, a part of the page or all of it: a server that is newer has its scripts
// under other names, and a fault is better told than shown as an empty page.

import { Component, type ReactNode } from "react";

export class Boundary extends Component<{ isPart?: boolean; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    const told = (
      <div className="empty" role="alert">
        <h1>This page cannot be drawn</h1>
        <p>The server may have a newer one. If it breaks again after reloading, it has a fault.</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
    return this.props.isPart ? told : <div className="alone">{told}</div>;
  }
}
