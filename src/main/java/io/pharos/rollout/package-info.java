/// Rollouts: shift traffic to a deployment step by step, and shift it back when its gate fails.
///
/// [io.pharos.rollout.Rollout] is the pure state machine: state, input and time give the next state
/// and the next action. [io.pharos.rollout.RolloutService] advances the stored rollouts and answers
/// the agent. The agent is the only program that changes the load balancer: its
/// [io.pharos.rollout.Heartbeat] contains the observed servers, and the
/// [io.pharos.rollout.HeartbeatAnswer] contains the desired servers (docs/format/rollouts.md). A
/// candidate never has more traffic than in the approved step or in the step that is being judged.
/// While the state of the servers is unknown, no traffic is shifted.
@NullMarked
package io.pharos.rollout;

import org.jspecify.annotations.NullMarked;
