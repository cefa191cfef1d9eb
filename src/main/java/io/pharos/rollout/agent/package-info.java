/// The agent of rollouts, which acts on the machine of the load balancer: it looks how the servers
/// do, tells Pharos, and brings about what Pharos answers.
///
/// [io.pharos.rollout.agent.RolloutAgent] is one round of that; [io.pharos.rollout.agent.Haproxy]
/// moves the traffic, a [io.pharos.rollout.agent.ServerDriver] starts and stops what takes it.
/// Whatever ends the agent, [io.pharos.rollout.agent.Watchdog] gives the traffic back as it was
/// approved last.
@NullMarked
package io.pharos.rollout.agent;

import org.jspecify.annotations.NullMarked;
