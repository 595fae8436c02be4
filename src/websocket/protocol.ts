/** What both directions of a WebSocket share: RFC 6455. */

/** The kinds of frames. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** The close codes that this side sends or reports. */
export const CLOSE_CODE = {
  normal: 1000,
  protocolError: 1002,
  unsupported: 1003,
  /** Reported for a close frame without a code, never sent. */
  none: 1005,
  /** Reported for an end without a close frame, never sent. */
  abnormal: 1006,
  invalidText: 1007,
  tooLarge: 1009,
} as const;

/** The longest payload of a control frame. */
export const MAX_CONTROL_BYTES = 125;

/** Why a WebSocket ends. */
export interface SocketEnd {
  /** The close code. */
  readonly code: number;
  /** The close reason. */
  readonly reason: string;
  /** The error behind it, if there is one. */
  readonly cause?: unknown;
}

/** Returns whether a peer may send this close code. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code < 5000;
  return code >= 1000 && code <= 1014 &&
    ![1004, CLOSE_CODE.none, CLOSE_CODE.abnormal].includes(code);
}
