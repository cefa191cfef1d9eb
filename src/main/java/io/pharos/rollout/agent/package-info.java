/// The agent of rollouts, a process on the machine of the load balancer. Once per second, it
/// observes the servers, reports them to Pharos and brings about the servers that Pharos' answer
/// contains.
///
/// [io.pharos.rollout.agent.RolloutAgent] does this; [io.pharos.rollout.agent.Haproxy] shifts the
/// traffic, and a [io.pharos.rollout.agent.ServerDriver] starts and stops servers. If the agent
/// dies, [io.pharos.rollout.agent.Watchdog] restores the approved weights.
@NullMarked
package io.pharos.rollout.agent;

import org.jspecify.annotations.NullMarked;
