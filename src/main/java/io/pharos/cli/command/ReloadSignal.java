package io.pharos.cli.command;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Handles the signal SIGHUP, which would otherwise end the JVM.
/* Java has no supported way to handle signals. Every JDK has sun.misc.Signal (module
 * jdk.unsupported), but code that names it compiles with a warning, so it is called by
 * reflection. */
public final class ReloadSignal {
  private ReloadSignal() {}

  /// Runs a task at each SIGHUP and after each pause, until the thread is interrupted. Only tests
  /// interrupt it.
  ///
  /// @param ending runs at the shutdown of the process
  /// @param task is called with true after a SIGHUP, and with false after a pause
  public static void watch(Duration pause, Runnable ending, Consumer<Boolean> task) {
    var signals = new Semaphore(0);
    handle(signals::release);
    var hook = new Thread(ending, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      while (true) {
        boolean isSignalled = signals.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        signals.drainPermits();
        task.accept(isSignalled);
      }
    } catch (InterruptedException _) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }

  /// From now on, runs the action at each SIGHUP, on a new thread.
  public static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self.hashCode() == arguments[0].hashCode();
                    default -> "SIGHUP handler";
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("SIGHUP can't be handled on this JVM", e);
    }
  }
}
