/// What `pharos.yml` says beside `alertmanager.yml`: how messages are worded and delivered.
@NullMarked
package io.pharos.config.pharos;

import org.jspecify.annotations.NullMarked;
