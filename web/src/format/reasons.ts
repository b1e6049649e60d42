// Why a status changed, where that tells more than the status does.

/** What agents' reports bring about as a matter of course. */
const MATTER_OF_COURSE = "heartbeat status transition";

export const tellingReason = (reason: string) => (reason === MATTER_OF_COURSE ? "" : reason);
