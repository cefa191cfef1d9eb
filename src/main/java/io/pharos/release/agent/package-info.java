/// The agent of rollouts, which acts on the machine of the load balancer: it looks how the servers
/// do, tells Pharos, and brings about what Pharos answers.
///
/// [io.pharos.release.agent.RolloutAgent] is one round of that; [io.pharos.release.agent.Haproxy]
/// moves the traffic, a [io.pharos.release.agent.ServerDriver] starts and stops what takes it.
/// Whatever ends the agent, [io.pharos.release.agent.Watchdog] gives the traffic back as it was
/// approved last.
@NullMarked
package io.pharos.release.agent;

import org.jspecify.annotations.NullMarked;
