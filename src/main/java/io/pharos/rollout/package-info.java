/// Rollouts: shift traffic to a deployment step by step, and back when its gate fails.
///
/// [io.pharos.rollout.Rollout] is the pure state machine: state, input and time give the next state
/// and the next action. [io.pharos.rollout.RolloutService] drives the stored rollouts and answers
/// the agent. The agent is the only program that changes the load balancer: a
/// [io.pharos.rollout.Heartbeat] contains what it observes, the [io.pharos.rollout.HeartbeatAnswer]
/// what it must bring about (docs/format/rollouts.md). A candidate never gets more traffic than in
/// the approved step or in the one that is being judged. Unknown state never moves traffic.
@NullMarked
package io.pharos.rollout;

import org.jspecify.annotations.NullMarked;
