"""Words with capitals that are no names of persons, first names that are seldom anything else, and
small words between names. Folded (`lib.folding.fold`). Not complete: a guess is made with them."""

from __future__ import annotations

# Member states, their capitals and towns at the borders between them.
_PLACES = """
argentina bolivia brasil brazil chile colombia ecuador equador paraguay paraguai peru uruguay
uruguai venezuela america sudamerica sur sul norte este oeste oriente occidente frontera buenos
aires ciudad cidade la paz el alto santa sierra cochabamba tarija potosi oruro brasilia sao
paulo rio janeiro porto alegre santiago bogota quito asuncion assuncao lima montevideo caracas
salta jujuy quiaca villazon bermejo yacuiba oran aguas blancas puerto iguazu foz iguacu
encarnacion corumba quijarro guayaramerin guajara mirim cobija brasileia assis iñapari puno
desaguadero copacabana tacna arica iquique calama antofagasta pisiga colchane tumbes huaquillas
guayaquil ipiales tulcan rumichaca cucuta tachira leticia tabatinga pacaraima boa vista manaus
uairen chui chuy livramento fronteras cusco arequipa medellin cali barranquilla maracaibo
valparaiso concepcion caaguazu mariscal estigarribia ponta pora caballero grande mato grosso do
acre rondonia
"""
_BODIES = """
ministerio ministry consulado consulate general geral embajada embaixada embassy cancilleria
chancelaria defensoria pueblo policia policial police federal nacional national internacional
international hospital universidad universidade university fiscalia publico prosecution
secretaria tecnica plan plano fondo fundo organizacion organizacao migraciones migracion
migracao naciones nacoes unidas united nations mercosur mercosul comunidad comunidade andina
platform plataforma regional estado estados state states oficina programa programme proyecto
projeto linea linha centro casa refugio abrigo shelter trata tratas personas pessoas trafficking
persons trafico ilicito contrabando migrantes justicia justica interior exterior relaciones
relacoes exteriores derechos direitos humanos oim acnur unodc unicef onu oit ngo ong iom ilo oas
oea ue eu usd ars bob brl quechua quichua quechuas aymara aimara guarani español espanhol
spanish portugues portuguese ingles english frances creole criollo haitiano lengua lingua señas
libras sinais
"""
_DAYS = """
enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre
diciembre janeiro fevereiro março marco maio junho julho setembro outubro novembro dezembro
january february march april may june july august september october november december lunes
martes miercoles jueves viernes sabado domingo segunda terça quarta quinta sexta feira monday
tuesday wednesday thursday friday saturday sunday
"""
_BEGINNINGS = """
a al an and as at se de del en em in on no na nos nas para por pelo pela from for to the this
with con com sin sem un una um uma hay ha esta este estos essa esse isto es is are we our
nuestra nuestro nossa nosso necesitamos necesita necesito precisamos precisa preciso need needs
needed pedimos busca buscamos procuramos urgente urgent interprete interpreter funcionario
tambien tambem also si sim yes
"""
PARTICLES = frozenset("de del da das do dos la las los y e van von".split())
# Before a first name they make the name of a place: San Juan, Puerto Maria.
SAINTS = frozenset("san santa santo sao puerto porto villa vila barrio avenida calle rua".split())
# Given names of the region that are seldom anything else, to see them in small letters, too.
FIRST_NAMES = frozenset(
    """
    maria jose juan ana luis carlos pedro jorge miguel carmen martha marta julia teresa
    lucia sofia camila daniela valentina gabriela fernanda andrea paola patricia claudia
    veronica monica silvia sandra adriana alejandra carolina natalia laura elena isabel
    francisco antonio manuel fernando eduardo ricardo roberto sergio diego pablo andres
    felipe sebastian mateo nicolas alejandro javier raul hector oscar victor hugo mario
    ruben cesar walter wilson edwin freddy jhonny jhon yessica yesica jessica jennifer karen
    katherine wendy yolanda nelida ramona juana josefa margarita joao paulo marcos lucas
    gustavo rafael bruno thiago tiago mariana juliana larissa leticia beatriz aline bruna
    amanda vanessa luana john mary david
    """.split()
)
# What may be a given name or, as Lima or Mendoza, a surname stays out.
KNOWN = frozenset((_PLACES + _BODIES + _DAYS + _BEGINNINGS).split()) - FIRST_NAMES - {
    "lima", "santiago", "sucre", "concepcion", "salta", "cruz",
}  # fmt: skip
