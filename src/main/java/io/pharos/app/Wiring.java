package io.pharos.app;

import io.pharos.promql.value.Evaluator;
import io.pharos.remote.RemoteEngine;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;

@ApplicationScoped
class Wiring {
  @Produces
  @Singleton
  InstantSource clock() {
    return InstantSource.system();
  }

  @Produces
  @Singleton
  Evaluator evaluator() {
    return new RemoteEngine(
        HttpClient.newHttpClient(), URI.create("http://127.0.0.1:1"), Duration.ofSeconds(1));
  }
}
