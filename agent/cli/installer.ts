/**
 * The real functions behind `dsync host add`.
 *
 * @module
 */
import type { Installer } from '../control/add-host.ts';
import { connect } from '../link/connect.ts';
import { deployAgent } from '../link/deploy.ts';
import { type HostFacts, probeHost } from '../link/probe.ts';

export const INSTALLER: Installer<HostFacts> = { connect, probeHost, deployAgent };
