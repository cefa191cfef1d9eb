/// The releases that pipelines announce, and the policies and settings that belong to them.
///
/// [io.pharos.gate.deployment.DeploymentRegister] is the entry point;
/// [io.pharos.gate.deployment.Deployments] is the port to the store.
@NullMarked
package io.pharos.gate.deployment;

import org.jspecify.annotations.NullMarked;
