/// The agent of rollouts, a process on the machine of the load balancer: it observes the servers,
/// reports them to Pharos and brings about what Pharos answers.
///
/// [io.pharos.rollout.agent.RolloutAgent] runs one round of that; [io.pharos.rollout.agent.Haproxy]
/// moves the traffic, a [io.pharos.rollout.agent.ServerDriver] starts and stops servers. If the
/// agent ends, [io.pharos.rollout.agent.Watchdog] restores the approved weights.
@NullMarked
package io.pharos.rollout.agent;

import org.jspecify.annotations.NullMarked;
