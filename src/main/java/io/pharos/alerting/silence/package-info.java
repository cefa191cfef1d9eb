package io.pharos.alerting.silence;


