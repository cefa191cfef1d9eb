/// Classes that all commands share: flags, help texts, exit codes, the HTTP client and SIGHUP.
@NullMarked
package io.pharos.cli.command;

import org.jspecify.annotations.NullMarked;
