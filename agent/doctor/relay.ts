/**
 * Whether a host of a private network (Tailscale, ZeroTier) is reached directly or through a relay. Pure.
 *
 * @module
 */
import * as z from 'zod';

export interface Way {
  readonly tool: 'Tailscale' | 'ZeroTier';
  readonly kind: 'direct' | 'relayed';
  /** The relay's name or the peer's address, as the tool tells it. */
  readonly by: string;
}

const tailscaleSchema = z.object({
  Peer: z
    .record(
      z.string(),
      z.object({
        TailscaleIPs: z.array(z.string()).nullish(),
        CurAddr: z.string().default(''),
        Relay: z.string().default(''),
        Active: z.boolean().default(true),
      }),
    )
    .nullish(),
});

/** Reads `tailscale status --json`; undefined where the address is none of its peers, or the peer is idle. */
export function tailscaleWay(json: string, address: string): Way | undefined {
  const parsed = tailscaleSchema.safeParse(parseJson(json));
  const peer = Object.values(parsed.data?.Peer ?? {}).find(({ TailscaleIPs }) => TailscaleIPs?.includes(address));
  if (peer === undefined || (peer.CurAddr === '' && !peer.Active)) return undefined;
  return peer.CurAddr === ''
    ? { tool: 'Tailscale', kind: 'relayed', by: peer.Relay || 'a relay' }
    : { tool: 'Tailscale', kind: 'direct', by: peer.CurAddr };
}

const zerotierNetworks = z.array(
  z.object({ id: z.string().regex(/^[0-9a-f]{16}$/), portDeviceName: z.string().default('') }),
);
const zerotierPeers = z.array(
  z.object({
    address: z.string(),
    paths: z.array(z.object({ address: z.string(), active: z.boolean().default(true) })).default([]),
  }),
);

export interface ZerotierFacts {
  /** `zerotier-cli -j listnetworks` */
  readonly networks: string;
  /** `zerotier-cli -j peers` */
  readonly peers: string;
  /** The neighbour's hardware address, by which a peer is known on a network. */
  readonly mac: string;
}

/** Undefined where the hardware address belongs to none of its peers. */
export function zerotierWay({ networks, peers, mac }: ZerotierFacts): Way | undefined {
  const known = zerotierPeers.safeParse(parseJson(peers)).data ?? [];
  for (const { id } of zerotierNetworks.safeParse(parseJson(networks)).data ?? []) {
    const peer = known.find(({ address }) => address === zerotierAddress(mac, id));
    if (peer === undefined) continue;
    const path = peer.paths.find(({ active }) => active);
    return path === undefined
      ? { tool: 'ZeroTier', kind: 'relayed', by: 'a root server' }
      : { tool: 'ZeroTier', kind: 'direct', by: path.address };
  }
  return undefined;
}

/**
 * The peer that has a hardware address on a network.
 *
 * Source: MAC::fromAddress() in node/MAC.hpp, ZeroTierOne 1.14: the lower 40 bits are the peer's address, each byte
 * mixed with one of the network's id.
 */
export function zerotierAddress(mac: string, networkId: string): string {
  const bits = BigInt(`0x${mac.replaceAll(':', '')}`) & 0xff_ffff_ffffn;
  const network = BigInt(`0x${networkId}`);
  let mix = 0n;
  for (let i = 1n; i <= 5n; i++) mix = (mix << 8n) | ((network >> (8n * i)) & 0xffn);
  return (bits ^ mix).toString(16).padStart(10, '0');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
