/** The icons in use, by meaning; bundlers drop the other seven thousand. */
export {
  mdiAccountOutline as person, mdiAlarmLightOutline as siren, mdiAlertOutline as alert, mdiArrowBottomRight as falling, mdiArrowTopRight as rising, mdiBatteryAlertVariantOutline as batteryLow,
  mdiBattery as battery, mdiBlinds as blinds, mdiBlindsOpen as blindsOpen, mdiBookOpenOutline as journal, mdiCheck as check, mdiCheckCircleOutline as checkCircle, mdiChevronDown as chevronDown, mdiChevronLeft as chevronLeft, mdiChevronRight as chevronRight,
  mdiChevronUp as chevronUp, mdiClose as close, mdiCogOutline as settings, mdiContentCopy as copy, mdiDoorClosed as doorClosed, mdiDoorOpen as doorOpen, mdiEyeOutline as eye, mdiFan as fan,
  mdiFire as fire, mdiFlash as flash, mdiGasBurner as gas, mdiGaugeLow as gauge, mdiGestureTapButton as button, mdiHandBackRightOutline as hand, mdiHomeVariantOutline as home, mdiKeyOutline as key, mdiLeaf as leaf, mdiLightbulb as lightbulb, mdiLightbulbOutline as lightbulbOff,
  mdiLightSwitch as lightSwitch, mdiLockOpenVariantOutline as lockOpen, mdiLockOutline as lock, mdiMagnify as search, mdiMinus as minus, mdiMoleculeCo2 as co2, mdiMotionSensor as motion, mdiPauseCircleOutline as paused,
  mdiPencilOutline as pencil, mdiPipeValve as valve, mdiPlay as play, mdiPlus as plus, mdiPowerPlugOutline as plug, mdiPuzzleOutline as generic, mdiRobotOutline as robot, mdiSignal as signal, mdiSmokeDetectorVariant as smoke, mdiSnowflake as snowflake,
  mdiSprout as soil, mdiStop as stop, mdiThermometer as thermometer, mdiThermostat as thermostat, mdiTrashCanOutline as trash, mdiTune as tune, mdiVibrate as vibrate, mdiVolumeHigh as noise, mdiWater as water, mdiWaterAlertOutline as leak, mdiWaterPercent as humidity, mdiWeatherSunny as sun, mdiWhiteBalanceSunny as bright, mdiWifiOff as offline, mdiAirFilter as air,
} from '@mdi/js'; // prettier-ignore
