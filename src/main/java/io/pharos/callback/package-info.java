/// Reports releases to other systems: Grafana's annotations, commit statuses at GitHub and GitLab,
/// and answers to GitHub's deployment protection rules.
///
/// Changes and messages are separate: the store records each change of a deployment or gate in the
/// same transaction. [io.pharos.callback.CallbackService] turns changes into messages for each
/// target and retries them until they are delivered or given up.
@NullMarked
package io.pharos.callback;

import org.jspecify.annotations.NullMarked;
